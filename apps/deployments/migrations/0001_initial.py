import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import CompositeKey, Guarded, Walls
from apps.core.states import edges
from apps.deployments.models import DeploymentStep, RuntimeDeployment


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('configurations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuntimeDeployment',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('release_ref', models.CharField(max_length=200)),
                ('strategy', models.CharField(choices=[('rolling', 'Rolling'), ('blue-green', 'Blue Green'), ('canary', 'Canary'), ('recreate', 'Recreate')], default='rolling', max_length=16)),
                ('status', models.CharField(choices=[('Requested', 'Requested'), ('Provisioning', 'Provisioning'), ('Configuring', 'Configuring'), ('RollingOut', 'Rolling Out'), ('HealthGating', 'Health Gating'), ('Promoting', 'Promoting'), ('Completed', 'Completed'), ('RollingBack', 'Rolling Back'), ('RolledBack', 'Rolled Back'), ('Failed', 'Failed')], default='Requested', editable=False, max_length=16)),
                ('gate', models.CharField(choices=[('health', 'Health'), ('external', 'External')], default='health', max_length=8)),
                ('previous_deployment_id', models.UUIDField(editable=False, null=True)),
                ('requested_by', models.CharField(editable=False, max_length=254)),
                ('reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('configuration', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='deployments', to='configurations.runtimeconfiguration')),
            ],
            options={
                'verbose_name': 'deployment',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='DeploymentStep',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('position', models.IntegerField(editable=False)),
                ('name', models.CharField(max_length=80)),
                ('status', models.CharField(choices=[('Pending', 'Pending'), ('Running', 'Running'), ('Succeeded', 'Succeeded'), ('Failed', 'Failed'), ('Skipped', 'Skipped')], default='Pending', editable=False, max_length=16)),
                ('started_at', models.DateTimeField(editable=False, null=True)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('log_path', models.CharField(blank=True, editable=False, max_length=255)),
                ('log_bytes', models.BigIntegerField(editable=False, null=True)),
                ('log_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('deployment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='steps', to='deployments.runtimedeployment')),
            ],
            options={
                'verbose_name': 'step',
                'ordering': ['deployment_id', 'position'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='DeploymentProduct',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('service_id', models.UUIDField(editable=False)),
                ('module_id', models.CharField(db_collation='C', max_length=120)),
                ('change', models.CharField(choices=[('created', 'Created'), ('updated', 'Updated'), ('unchanged', 'Unchanged'), ('retired', 'Retired')], max_length=16)),
                ('image_before', models.CharField(blank=True, max_length=400)),
                ('image_after', models.CharField(blank=True, max_length=400)),
                ('version_before', models.CharField(blank=True, max_length=160)),
                ('version_after', models.CharField(blank=True, max_length=160)),
                ('replicas_before', models.IntegerField(null=True)),
                ('replicas_after', models.IntegerField(null=True)),
                ('deployment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='products', to='deployments.runtimedeployment')),
            ],
            options={
                'ordering': ['module_id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='runtimedeployment',
            index=models.Index(fields=['tenant_id', '-id'], name='deployment_newest'),
        ),
        migrations.AddIndex(
            model_name='runtimedeployment',
            index=models.Index(fields=['tenant_id', 'environment_id', '-id'], name='deployment_newest_here'),
        ),
        migrations.AddIndex(
            model_name='runtimedeployment',
            index=models.Index(fields=['tenant_id', 'status', '-id'], name='deployment_by_status'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='deployment_key'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('Completed', 'RolledBack', 'Failed')), _negated=True), fields=('tenant_id', 'environment_id'), name='deployment_unfinished_once'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['Requested', 'Provisioning', 'Configuring', 'RollingOut', 'HealthGating', 'Promoting', 'Completed', 'RollingBack', 'RolledBack', 'Failed']), ('strategy__in', ['rolling', 'blue-green', 'canary', 'recreate']), ('gate__in', ['health', 'external'])), name='deployment_choices'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status__in', ('Completed', 'RolledBack', 'Failed'))), models.Q(models.Q(('status__in', ('Completed', 'RolledBack', 'Failed')), _negated=True), ('finished_at', None)), _connector='OR'), name='deployment_finished_at'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'deployment', 'position'), name='step_position'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['Pending', 'Running', 'Succeeded', 'Failed', 'Skipped'])), name='step_status'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('log_bytes', None), ('log_path', ''), ('log_sha256', '')), models.Q(models.Q(('log_path', ''), _negated=True), ('log_bytes__gte', 0), models.Q(('log_sha256', ''), _negated=True)), _connector='OR'), name='step_log_whole'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status__in', ['Succeeded', 'Failed', 'Skipped'])), models.Q(('finished_at', None), ('status__in', ['Pending', 'Running'])), _connector='OR'), name='step_finished_at'),
        ),
        migrations.AddIndex(
            model_name='deploymentproduct',
            index=models.Index(fields=['tenant_id', 'environment_id', 'service_id', '-id'], name='product_service'),
        ),
        migrations.AddConstraint(
            model_name='deploymentproduct',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'deployment', 'service_id'), name='product_once'),
        ),
        Walls(
            "deployments_runtimedeployment",
            later=["deadline_at", "bad_reason", "marked_bad_by", "hold_released_by"],
        ),
        CompositeKey(
            "deployments_runtimedeployment",
            "configuration_id",
            "configurations_runtimeconfiguration",
        ),
        Guarded(
            "deployments_runtimedeployment",
            Guard(
                created=["created_at"],
                companions={"finished_at": ["Completed", "RolledBack", "Failed"]},
                frozen=[
                    "id", "tenant_id", "environment_id", "release_ref", "strategy", "gate",
                    "configuration_id", "previous_deployment_id", "requested_by", "reason",
                ],
                edges=edges(RuntimeDeployment.TRANSITIONS),
                initial=["Requested"],
            ),
        ),
        Walls(
            "deployments_deploymentstep",
            later=["log_tier", "log_observed_bytes", "log_observed_at", "log_problem"],
        ),
        CompositeKey(
            "deployments_deploymentstep", "deployment_id", "deployments_runtimedeployment"
        ),
        Guarded(
            "deployments_deploymentstep",
            Guard(
                companions={
                    "started_at": ["Running"],
                    "finished_at": ["Succeeded", "Failed", "Skipped"],
                },
                frozen=["id", "tenant_id", "environment_id", "deployment_id", "position", "name"],
                once=["log_path", "log_bytes", "log_sha256"],
                edges=edges(DeploymentStep.TRANSITIONS),
                initial=["Pending"],
            ),
        ),
        Walls("deployments_deploymentproduct"),
        CompositeKey(
            "deployments_deploymentproduct", "deployment_id", "deployments_runtimedeployment"
        ),
        Guarded(
            "deployments_deploymentproduct",
            Guard(frozen=["id", "tenant_id", "environment_id", "deployment_id", "service_id"]),
        ),
    ]
