import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import CompositeKey, Guarded, Walls


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('services', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScalingPolicy',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('metric', models.CharField(choices=[('cpu', 'Cpu'), ('memory', 'Memory'), ('requests', 'Requests'), ('queue-length', 'Queue Length')], default='cpu', max_length=16)),
                ('min_replicas', models.IntegerField()),
                ('max_replicas', models.IntegerField()),
                ('target_utilization_percent', models.IntegerField(default=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('service', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='scaling_policies', to='services.runtimeservice')),
            ],
            options={
                'verbose_name': 'scaling policy',
                'verbose_name_plural': 'scaling policies',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'service'), name='scaling_policy_once'), models.CheckConstraint(condition=models.Q(('metric__in', ['cpu', 'memory', 'requests', 'queue-length'])), name='scaling_policy_metric'), models.CheckConstraint(condition=models.Q(('min_replicas__gte', 0), ('max_replicas__gte', models.F('min_replicas'))), name='scaling_policy_bounds'), models.CheckConstraint(condition=models.Q(('target_utilization_percent__gte', 1), ('target_utilization_percent__lte', 100)), name='scaling_policy_target')],
            },
        ),
        Walls("scaling_policies_scalingpolicy"),
        CompositeKey("scaling_policies_scalingpolicy", "service_id", "services_runtimeservice"),
        Guarded(
            "scaling_policies_scalingpolicy",
            Guard(
                created=["created_at"],
                frozen=["id", "tenant_id", "environment_id", "service_id"],
            ),
        ),
    ]
