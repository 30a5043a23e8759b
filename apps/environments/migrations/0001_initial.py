import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls
from apps.core.states import edges
from apps.environments.models import RuntimeEnvironment


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuntimeEnvironment',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('project_id', models.CharField(max_length=80)),
                ('name', models.CharField(max_length=80)),
                ('stage', models.CharField(choices=[('dev', 'Dev'), ('test', 'Test'), ('staging', 'Staging'), ('prod', 'Prod')], max_length=16)),
                ('region', models.CharField(max_length=40)),
                ('status', models.CharField(choices=[('Requested', 'Requested'), ('Provisioning', 'Provisioning'), ('Provisioned', 'Provisioned'), ('Failed', 'Failed'), ('Decommissioning', 'Decommissioning'), ('Decommissioned', 'Decommissioned')], default='Requested', max_length=16)),
                ('pulumi_stack_ref', models.CharField(blank=True, max_length=200)),
                ('isolation_model', models.CharField(choices=[('silo', 'Silo'), ('pool', 'Pool'), ('shared', 'Shared')], max_length=8)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('provisioned_at', models.DateTimeField(editable=False, null=True)),
                ('decommissioned_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='environments', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'environment',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'Decommissioned'), _negated=True), fields=('tenant', 'project_id', 'name'), name='environment_name'), models.UniqueConstraint(fields=('id', 'isolation_model'), name='environment_isolation'), models.CheckConstraint(condition=models.Q(('stage__in', ['dev', 'test', 'staging', 'prod']), ('isolation_model__in', ['silo', 'pool', 'shared']), ('status__in', ['Requested', 'Provisioning', 'Provisioned', 'Failed', 'Decommissioning', 'Decommissioned'])), name='environment_choices'), models.CheckConstraint(condition=models.Q(models.Q(('decommissioned_at__isnull', False), ('status', 'Decommissioned')), models.Q(models.Q(('status', 'Decommissioned'), _negated=True), ('decommissioned_at', None)), _connector='OR'), name='environment_decommissioned_at'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['Provisioned', 'Decommissioning']), _negated=True), ('provisioned_at__isnull', False), _connector='OR'), name='environment_provisioned_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("environments_runtimeenvironment", later=["emptied_at"]),
        Guarded(
            "environments_runtimeenvironment",
            Guard(
                created=["created_at"],
                companions={
                    "provisioned_at": ["Provisioned"],
                    "decommissioned_at": ["Decommissioned"],
                },
                frozen=["id", "tenant_id", "project_id"],
                frozen_unless={
                    column: ["Requested", "Provisioning", "Failed"]
                    for column in ("stage", "region", "isolation_model")
                },
                edges=edges(RuntimeEnvironment.TRANSITIONS),
                initial=["Requested"],
            ),
        ),
    ]
