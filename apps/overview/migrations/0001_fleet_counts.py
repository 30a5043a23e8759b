import apps.core.ids
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        ('people', '0002_invitations_officers_visits'),
    ]

    operations = [
        migrations.CreateModel(
            name='FleetCount',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('environment_id', models.UUIDField(editable=False)),
                ('services', models.IntegerField(default=0)),
                ('running', models.IntegerField(default=0)),
                ('degraded', models.IntegerField(default=0)),
                ('stale', models.IntegerField(default=0)),
                ('stopped', models.IntegerField(default=0)),
                ('replicas', models.BigIntegerField(default=0)),
                ('promised', models.BigIntegerField(default=0)),
                ('storage_bytes', models.BigIntegerField(default=0)),
                ('findings', models.IntegerField(default=0)),
                ('critical', models.IntegerField(default=0)),
                ('deploying', models.IntegerField(default=0)),
                ('overdue', models.IntegerField(default=0)),
                ('quota_percent', models.IntegerField(null=True)),
                ('counted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'count of the fleet',
                'verbose_name_plural': 'counts of the fleet',
                'ordering': ['tenant_id', 'environment_id'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'environment_id'), name='fleet_count_once'), models.CheckConstraint(condition=models.Q(models.Q(('services__gte', 0)), models.Q(('running__gte', 0)), models.Q(('degraded__gte', 0)), models.Q(('stale__gte', 0)), models.Q(('stopped__gte', 0)), models.Q(('replicas__gte', 0)), models.Q(('promised__gte', 0)), models.Q(('storage_bytes__gte', 0)), models.Q(('findings__gte', 0)), models.Q(('critical__gte', 0)), models.Q(('deploying__gte', 0)), models.Q(('overdue__gte', 0)), models.Q(('quota_percent', None), ('quota_percent__gte', 0), _connector='OR')), name='fleet_counts'), models.CheckConstraint(condition=models.Q(('services__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('running'), '+', models.F('degraded')), '+', models.F('stale')), '+', models.F('stopped'))), ('deploying__gte', models.F('overdue')), ('findings__gte', models.F('critical'))), name='fleet_parts')],
            },
        ),
        Walls("overview_fleetcount"),
        Guarded("overview_fleetcount", Guard(frozen=["id", "tenant_id", "environment_id"])),
    ]
