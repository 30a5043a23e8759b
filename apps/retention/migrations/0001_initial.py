import apps.core.ids
import apps.core.states
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.states import edges
from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.retention.first_rows import floors, locks
from apps.retention.models import LegalHold, RetentionRun


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        ('people', '0001_initial'),
        ('tenant_bindings', '0001_initial'),
    ]

    operations = [
        # An installation that stood before this app has none of the decision's functions.
        Sql(functions),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('data_classes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('environment_id', models.UUIDField(null=True)),
                ('matter', models.CharField(max_length=200)),
                ('reason', models.TextField()),
                ('status', models.CharField(choices=[('Placed', 'Placed'), ('LiftProposed', 'Lift Proposed'), ('Lifted', 'Lifted')], default='Placed', editable=False, max_length=16)),
                ('placed_by_id', models.UUIDField(null=True)),
                ('placed_by_label', models.CharField(max_length=254)),
                ('placed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('lift_proposed_by_id', models.UUIDField(null=True)),
                ('lift_proposed_by_label', models.CharField(blank=True, max_length=254)),
                ('lift_reason', models.TextField(blank=True)),
                ('lifted_by_id', models.UUIDField(null=True)),
                ('lifted_by_label', models.CharField(blank=True, max_length=254)),
                ('lifted_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legal_holds', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'hold',
                'ordering': ['tenant', '-number'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'number'), name='hold_number'), models.CheckConstraint(condition=models.Q(('status__in', ['Placed', 'LiftProposed', 'Lifted']), ('number__gte', 1)), name='hold_choices'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', False), ('status', 'Lifted')), models.Q(models.Q(('status', 'Lifted'), _negated=True), ('lifted_at', None)), _connector='OR'), name='hold_lifted_at'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'LiftProposed'), _negated=True), ('lift_proposed_by_id__isnull', False), _connector='OR'), name='hold_proposed_by'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_by_id__isnull', False), ('status', 'Lifted'), ('lift_proposed_by_id__isnull', False), models.Q(('lifted_by_id', models.F('lift_proposed_by_id')), _negated=True)), models.Q(models.Q(('status', 'Lifted'), _negated=True), ('lifted_by_id', None)), _connector='OR'), name='hold_lifted_by_a_second')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='RemovedLog',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('environment_id', models.UUIDField()),
                ('run_id', models.UUIDField()),
                ('path', models.CharField(max_length=255)),
                ('bytes', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('removed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'path'), name='removed_log_once')],
            },
        ),
        migrations.CreateModel(
            name='RetentionEntry',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('run_id', models.UUIDField()),
                ('dry_run', models.BooleanField()),
                ('data_class', models.CharField(max_length=32)),
                ('policy_versions', models.JSONField()),
                ('cutoff', models.DateTimeField(null=True)),
                ('due', models.BigIntegerField(default=0)),
                ('purged', models.BigIntegerField(default=0)),
                ('tiered', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(default=0)),
                ('held_back', models.JSONField(default=dict)),
                ('failed', models.TextField(blank=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='retention_entries', to='tenants.tenant')),
            ],
            options={
                'verbose_name_plural': 'retention entries',
                'ordering': ['tenant', '-id'],
                'indexes': [models.Index(fields=['tenant', '-id'], name='retention_entry_newest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'run_id', 'data_class'), name='retention_entry_once'), models.CheckConstraint(condition=models.Q(('bytes__gte', 0), ('due__gte', 0), ('purged__gte', 0), ('tiered__gte', 0)), name='retention_entry_counts')],
            },
        ),
        migrations.CreateModel(
            name='RetentionPolicy',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('data_class', models.CharField(max_length=32)),
                ('version', models.IntegerField()),
                ('days', models.IntegerField()),
                ('reason', models.TextField()),
                ('set_by_id', models.UUIDField(null=True)),
                ('set_by_label', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='retention_policies', to='tenants.tenant')),
            ],
            options={
                'verbose_name_plural': 'retention policies',
                'ordering': ['tenant', 'data_class', 'version'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'data_class', 'version'), name='retention_policy_version'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='retention_policy_counts')],
            },
        ),
        migrations.CreateModel(
            name='RetentionRun',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('as_of', models.DateTimeField()),
                ('dry_run', models.BooleanField()),
                ('only_tenant', models.CharField(blank=True, max_length=40)),
                ('only_class', models.CharField(blank=True, max_length=32)),
                ('started_by_kind', models.CharField(max_length=16)),
                ('started_by_label', models.CharField(blank=True, max_length=254)),
                ('status', models.CharField(choices=[('Running', 'Running'), ('Completed', 'Completed'), ('FoundWanting', 'Found Wanting'), ('Interrupted', 'Interrupted')], default='Running', editable=False, max_length=16)),
                ('note', models.TextField(blank=True)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('tenant', 'platform')), name='run_of_platform'), models.CheckConstraint(condition=models.Q(('status__in', ['Running', 'Completed', 'FoundWanting', 'Interrupted'])), name='run_status'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'Running')), models.Q(models.Q(('status', 'Running'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='run_ended_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("retention_retentionpolicy"),
        Guarded(
            "retention_retentionpolicy",
            Guard(
                created=["created_at"],
                frozen=[
                    "id", "tenant_id", "data_class", "version", "days", "reason", "set_by_id",
                    "set_by_label",
                ],
            ),
        ),
        Walls("retention_legalhold"),
        Guarded(
            "retention_legalhold",
            Guard(
                created=["placed_at"],
                companions={"lifted_at": ["Lifted"]},
                frozen=[
                    "id", "tenant_id", "number", "data_classes", "environment_id", "matter",
                    "reason", "placed_by_id", "placed_by_label",
                ],
                # Whoever lifts cannot put another's name where their own would stand.
                frozen_unless={
                    "lift_proposed_by_id": ["Placed"],
                    "lift_proposed_by_label": ["Placed"],
                    "lift_reason": ["Placed"],
                    "lifted_by_id": ["LiftProposed"],
                    "lifted_by_label": ["LiftProposed"],
                },
                edges=edges(LegalHold.TRANSITIONS),
                initial=["Placed"],
            ),
        ),
        Walls("retention_retentionrun"),
        Guarded(
            "retention_retentionrun",
            Guard(
                created=["started_at"],
                companions={"ended_at": ["Completed", "FoundWanting", "Interrupted"]},
                frozen=[
                    "id", "tenant_id", "as_of", "dry_run", "only_tenant", "only_class",
                    "started_by_kind", "started_by_label",
                ],
                edges=edges(RetentionRun.TRANSITIONS),
                initial=["Running"],
            ),
        ),
        Walls("retention_retentionentry"),
        Guarded(
            "retention_retentionentry",
            Guard(
                created=["recorded_at"],
                frozen=["id", "tenant_id", "run_id", "data_class", "policy_versions", "cutoff"],
                rising=["purged", "bytes"],
            ),
        ),
        Walls("retention_removedlog", later=["gone_at", "problem"]),
        Guarded(
            "retention_removedlog",
            Guard(
                created=["removed_at"],
                frozen=[
                    "id", "tenant_id", "environment_id", "run_id", "path", "bytes", "sha256",
                ],
            ),
        ),
        Sql(floors),
        Sql(locks),
    ]
