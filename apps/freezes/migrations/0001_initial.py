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
from apps.freezes.keys import time_zone_check
from apps.freezes.models import Freeze


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('all', 'Every tenant'), ('tenant', 'The whole tenant'), ('project', 'One project'), ('environment', 'One environment')], max_length=16)),
                ('project_id', models.CharField(blank=True, max_length=80)),
                ('environment_id', models.UUIDField(blank=True, null=True)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(choices=[(1, 'Monday'), (2, 'Tuesday'), (3, 'Wednesday'), (4, 'Thursday'), (5, 'Friday'), (6, 'Saturday'), (7, 'Sunday')]), blank=True, null=True, size=None)),
                ('from_time', models.TimeField(blank=True, null=True)),
                ('until_time', models.TimeField(blank=True, null=True)),
                ('time_zone', models.CharField(blank=True, max_length=64)),
                ('reason', models.TextField()),
                ('override_role', models.CharField(blank=True, choices=[('', 'nobody'), ('tenant-operator', 'tenant-operator'), ('tenant-admin', 'tenant-admin'), ('platform-admin', 'platform-admin')], max_length=32)),
                ('status', models.CharField(choices=[('Standing', 'Standing'), ('Ended', 'Ended')], default='Standing', editable=False, max_length=16)),
                ('created_by', models.CharField(editable=False, max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='freezes', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'freeze',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['tenant', '-id'], name='freeze_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('environment_id', None), ('project_id', ''), ('scope', 'all'), ('tenant', 'platform')), models.Q(models.Q(('tenant', 'platform'), _negated=True), models.Q(models.Q(('environment_id', None), ('project_id', ''), ('scope', 'tenant')), models.Q(('environment_id', None), ('scope', 'project'), models.Q(('project_id', ''), _negated=True)), models.Q(('environment_id__isnull', False), ('project_id', ''), ('scope', 'environment')), _connector='OR')), _connector='OR'), name='freeze_scope'), models.CheckConstraint(condition=models.Q(models.Q(('ends_at__gt', models.F('starts_at')), ('ends_at__isnull', False), ('from_time', None), ('starts_at__isnull', False), ('time_zone', ''), ('until_time', None), ('weekdays', None)), models.Q(models.Q(('time_zone', ''), _negated=True), ('ends_at', None), ('from_time__isnull', False), ('starts_at', None), ('until_time__isnull', False), ('weekdays__contained_by', [1, 2, 3, 4, 5, 6, 7]), ('weekdays__isnull', False), ('weekdays__len__gte', 1)), _connector='OR'), name='freeze_window'), models.CheckConstraint(condition=models.Q(('status__in', ['Standing', 'Ended']), ('override_role__in', ['', 'tenant-operator', 'tenant-admin', 'platform-admin']), models.Q(('reason', ''), _negated=True)), name='freeze_choices'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'Ended')), models.Q(models.Q(('status', 'Ended'), _negated=True), ('ended_at', None)), _connector='OR'), name='freeze_ended_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        # The decision's functions, for a control plane that was made before they were.
        Sql(functions),
        Sql(time_zone_check),
        Walls("freezes_freeze"),
        Guarded(
            "freezes_freeze",
            Guard(
                created=["created_at"],
                companions={"ended_at": ["Ended"]},
                frozen=[
                    "id", "tenant_id", "scope", "project_id", "environment_id", "starts_at",
                    "ends_at", "weekdays", "from_time", "until_time", "time_zone", "reason",
                    "override_role", "created_by",
                ],
                edges=edges(Freeze.TRANSITIONS),
                initial=["Standing"],
            ),
        ),
    ]
