from django.db import migrations, models
from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded, Sql
from apps.deployments.keys import first_deadlines
from apps.deployments.models import RuntimeDeployment


class Migration(migrations.Migration):

    dependencies = [
        ('configurations', '0001_initial'),
        ('deployments', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='runtimedeployment',
            name='bad_reason',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='deadline_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='freeze_override',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='hold_override',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='hold_released_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='hold_released_by',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='marked_bad_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='marked_bad_by',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='returns_to_deployment_id',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='undoes_deployment_id',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='runtimedeployment',
            name='undoes_release_ref',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=200),
        ),
        migrations.AddIndex(
            model_name='deploymentproduct',
            index=models.Index(fields=['tenant_id', 'environment_id', 'module_id', '-deployment'], name='product_module'),
        ),
        migrations.AddIndex(
            model_name='runtimedeployment',
            index=models.Index(condition=models.Q(('hold_released_by', ''), ('status', 'Completed'), ('undoes_deployment_id__isnull', False)), fields=['tenant_id', 'environment_id', '-id'], name='deployment_held'),
        ),
        Guarded(
            "deployments_runtimedeployment",
            Guard(
                created=["created_at"],
                companions={"finished_at": ["Completed", "RolledBack", "Failed"]},
                frozen=[
                    "id", "tenant_id", "environment_id", "release_ref", "strategy", "gate",
                    "configuration_id", "previous_deployment_id", "requested_by", "reason",
                    "undoes_deployment_id", "undoes_release_ref", "returns_to_deployment_id",
                    "freeze_override", "hold_override",
                ],
                edges=edges(RuntimeDeployment.TRANSITIONS),
                initial=["Requested"],
                once=["hold_released_by"],
                paired={"marked_bad_at": "bad_reason", "hold_released_at": "hold_released_by"},
                deadlines={
                    "deadline_at": ("30 minutes", ["Completed", "RolledBack", "Failed"])
                },
            ),
        ),
        Grants("deployments_runtimedeployment"),
        Sql(first_deadlines),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deadline_at', None), ('status__in', ('Completed', 'RolledBack', 'Failed'))), models.Q(models.Q(('status__in', ('Completed', 'RolledBack', 'Failed')), _negated=True), ('deadline_at__isnull', False)), _connector='OR'), name='deployment_deadline_at'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returns_to_deployment_id', None), ('undoes_deployment_id', None), ('undoes_release_ref', '')), models.Q(('returns_to_deployment_id__isnull', False), ('undoes_deployment_id__isnull', False), models.Q(('undoes_release_ref', ''), _negated=True)), _connector='OR'), name='deployment_rollback_whole'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bad_reason', ''), ('marked_bad_at', None), ('marked_bad_by', '')), models.Q(models.Q(('bad_reason', ''), _negated=True), models.Q(('marked_bad_by', ''), _negated=True), ('marked_bad_at__isnull', False)), _connector='OR'), name='deployment_bad_whole'),
        ),
        migrations.AddConstraint(
            model_name='runtimedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hold_released_at', None), ('hold_released_by', '')), models.Q(models.Q(('hold_released_by', ''), _negated=True), ('hold_released_at__isnull', False), ('undoes_deployment_id__isnull', False)), _connector='OR'), name='deployment_hold_whole'),
        ),
    ]
