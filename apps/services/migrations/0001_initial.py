import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import CompositeKey, Guarded, Walls
from apps.core.states import edges
from apps.services.models import RuntimeService


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('deployments', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuntimeService',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('module_id', models.CharField(db_collation='C', editable=False, max_length=120)),
                ('component_type', models.CharField(choices=[('gateway', 'Gateway'), ('microservice', 'Microservice'), ('worker', 'Worker'), ('admin-portal', 'Admin Portal'), ('customer-portal', 'Customer Portal'), ('mobile-backend', 'Mobile Backend'), ('database', 'Database'), ('queue', 'Queue'), ('other', 'Other')], max_length=16)),
                ('image', models.CharField(max_length=400)),
                ('version', models.CharField(db_collation='C', max_length=160)),
                ('compute_target', models.CharField(choices=[('aks', 'Aks'), ('container-apps', 'Container Apps'), ('functions', 'Functions'), ('app-service', 'App Service'), ('kubernetes', 'Kubernetes')], max_length=16)),
                ('replicas', models.IntegerField()),
                ('endpoint_url', models.CharField(blank=True, max_length=400)),
                ('status', models.CharField(choices=[('Pending', 'Pending'), ('Running', 'Running'), ('Degraded', 'Degraded'), ('Stopped', 'Stopped'), ('Retired', 'Retired')], default='Pending', editable=False, max_length=16)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('last_observed_at', models.DateTimeField(editable=False, null=True)),
                ('retired_at', models.DateTimeField(editable=False, null=True)),
                ('deployment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='services', to='deployments.runtimedeployment')),
            ],
            options={
                'verbose_name': 'service',
                'ordering': ['module_id', 'id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(condition=models.Q(('status', 'Retired'), _negated=True), fields=['tenant_id', 'module_id', 'id'], name='service_live'), models.Index(fields=['tenant_id', 'environment_id', 'module_id', 'id'], name='service_here'), models.Index(fields=['tenant_id', 'status', 'module_id', 'id'], name='service_by_status'), models.Index(condition=models.Q(('status', 'Retired'), _negated=True), fields=['tenant_id', 'component_type', 'module_id', 'id'], name='service_by_type'), models.Index(fields=['tenant_id', 'environment_id', 'deployment'], name='service_of_deployment')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='service_key'), models.UniqueConstraint(condition=models.Q(('status', 'Retired'), _negated=True), fields=('tenant_id', 'environment_id', 'module_id'), name='service_module_once'), models.CheckConstraint(condition=models.Q(('status__in', ['Pending', 'Running', 'Degraded', 'Stopped', 'Retired']), ('component_type__in', ['gateway', 'microservice', 'worker', 'admin-portal', 'customer-portal', 'mobile-backend', 'database', 'queue', 'other']), ('compute_target__in', ['aks', 'container-apps', 'functions', 'app-service', 'kubernetes'])), name='service_choices'), models.CheckConstraint(condition=models.Q(('replicas__gte', 0)), name='service_replicas'), models.CheckConstraint(condition=models.Q(models.Q(('retired_at__isnull', False), ('status', 'Retired')), models.Q(models.Q(('status', 'Retired'), _negated=True), ('retired_at', None)), _connector='OR'), name='service_retired_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("services_runtimeservice"),
        CompositeKey("services_runtimeservice", "deployment_id", "deployments_runtimedeployment"),
        Guarded(
            "services_runtimeservice",
            Guard(
                created=["created_at"],
                companions={"retired_at": ["Retired"]},
                frozen=["id", "tenant_id", "environment_id", "module_id"],
                edges=edges(RuntimeService.TRANSITIONS),
                initial=["Pending"],
            ),
        ),
    ]
