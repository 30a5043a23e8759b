import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.retention.first_rows import exceptions
from apps.retention.models import GovernanceException


class Migration(migrations.Migration):

    dependencies = [
        ('retention', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExceptedRow',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('exception_id', models.UUIDField()),
                ('data_partition', models.CharField(max_length=63)),
                ('row_id', models.UUIDField()),
                ('digest', models.CharField(max_length=64)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'exception_id', 'row_id'), name='excepted_row_once')],
            },
        ),
        migrations.CreateModel(
            name='GovernanceException',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('data_class', models.CharField(max_length=32)),
                ('environment_id', models.UUIDField(null=True)),
                ('reason', models.TextField()),
                ('legal_basis', models.CharField(max_length=200)),
                ('lapses_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('Asked', 'Asked'), ('Approved', 'Approved'), ('Refused', 'Refused'), ('Withdrawn', 'Withdrawn')], default='Asked', editable=False, max_length=16)),
                ('asked_by_id', models.UUIDField(null=True)),
                ('asked_by_label', models.CharField(max_length=254)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_by_id', models.UUIDField(null=True)),
                ('decided_by_label', models.CharField(blank=True, max_length=254)),
                ('decision_reason', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(editable=False, null=True)),
                ('row_count', models.BigIntegerField(editable=False, null=True)),
                ('digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='governance_exceptions', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'exception',
                'ordering': ['tenant', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['Asked', 'Approved', 'Refused', 'Withdrawn'])), name='exception_status'), models.CheckConstraint(condition=models.Q(('lapses_at__gt', models.F('asked_at'))), name='exception_lapses_later'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['Approved', 'Refused']), _negated=True), models.Q(('decided_by_id__isnull', False), models.Q(('decided_by_id', models.F('asked_by_id')), _negated=True)), _connector='OR'), name='exception_decided_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'Approved'), _negated=True), models.Q(('row_count__gte', 0), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='exception_frozen')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("retention_governanceexception"),
        Guarded(
            "retention_governanceexception",
            Guard(
                created=["asked_at"],
                companions={"decided_at": ["Approved", "Refused"]},
                frozen=[
                    "id", "tenant_id", "data_class", "environment_id", "reason", "legal_basis",
                    "lapses_at", "asked_by_id", "asked_by_label",
                ],
                frozen_unless={
                    column: ["Asked"]
                    for column in (
                        "decided_by_id", "decided_by_label", "decision_reason", "row_count",
                        "digest",
                    )
                },
                edges=edges(GovernanceException.TRANSITIONS),
                initial=["Asked"],
            ),
        ),
        Walls("retention_exceptedrow"),
        Guarded(
            "retention_exceptedrow",
            Guard(
                frozen=["id", "tenant_id", "exception_id", "data_partition", "row_id", "digest"]
            ),
        ),
        Sql(exceptions),
    ]
