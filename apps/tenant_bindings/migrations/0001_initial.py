import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.core.states import edges
from apps.tenant_bindings.keys import isolation_key
from apps.tenant_bindings.models import RuntimeTenantBinding


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('environments', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuntimeTenantBinding',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('isolation_model', models.CharField(choices=[('silo', 'Silo'), ('pool', 'Pool'), ('shared', 'Shared')], max_length=8)),
                ('status', models.CharField(choices=[('Pending', 'Pending'), ('Active', 'Active'), ('Suspended', 'Suspended'), ('Released', 'Released')], default='Pending', max_length=16)),
                ('quota_compute_replicas', models.IntegerField(blank=True, null=True, verbose_name='compute replicas')),
                ('quota_storage_gib', models.IntegerField(blank=True, null=True, verbose_name='storage in GiB')),
                ('quota_throughput_rps', models.IntegerField(blank=True, null=True, verbose_name='requests per second')),
                ('environment_name', models.CharField(editable=False, max_length=80)),
                ('environment_project', models.CharField(editable=False, max_length=80)),
                ('environment_status', models.CharField(choices=[('Requested', 'Requested'), ('Provisioning', 'Provisioning'), ('Provisioned', 'Provisioned'), ('Failed', 'Failed'), ('Decommissioning', 'Decommissioning'), ('Decommissioned', 'Decommissioned')], editable=False, max_length=16)),
                ('stage', models.CharField(choices=[('dev', 'Dev'), ('test', 'Test'), ('staging', 'Staging'), ('prod', 'Prod')], editable=False, max_length=16)),
                ('region', models.CharField(editable=False, max_length=40)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('activated_at', models.DateTimeField(editable=False, null=True)),
                ('released_at', models.DateTimeField(editable=False, null=True)),
                ('data_partition', models.GeneratedField(db_persist=True, expression=models.Case(models.When(isolation_model='silo', then=django.db.models.functions.text.Concat(models.Value('silo_'), models.F('tenant_id'))), models.When(isolation_model='pool', then=django.db.models.functions.text.Concat(models.Value('pool_'), models.F('tenant_id'))), default=models.Value('shared')), output_field=models.CharField(max_length=48))),
                ('network_partition', models.GeneratedField(db_persist=True, expression=models.Case(models.When(isolation_model='silo', then=django.db.models.functions.text.Concat(models.Value('net-'), django.db.models.functions.comparison.Cast(models.F('environment_id'), models.CharField(max_length=36)))), models.When(isolation_model='pool', then=django.db.models.functions.text.Concat(models.Value('net-'), django.db.models.functions.comparison.Cast(models.F('environment_id'), models.CharField(max_length=36)), models.Value('-'), models.F('tenant_id'))), default=django.db.models.functions.text.Concat(models.Value('net-'), django.db.models.functions.comparison.Cast(models.F('environment_id'), models.CharField(max_length=36)), models.Value('-shared'))), output_field=models.CharField(max_length=90))),
                ('compute_placement', models.GeneratedField(db_persist=True, expression=models.Case(models.When(isolation_model='silo', then=django.db.models.functions.text.Concat(models.Value('dedicated-'), django.db.models.functions.comparison.Cast(models.F('environment_id'), models.CharField(max_length=36)))), default=django.db.models.functions.text.Concat(models.Value('common-'), models.F('region'), models.Value('-'), models.F('stage'))), output_field=models.CharField(max_length=90))),
                ('environment', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='bindings', to='environments.runtimeenvironment')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bindings', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'binding',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['tenant', 'data_partition', 'status'], include=('environment_id',), name='binding_admits')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'Released'), _negated=True), fields=('tenant', 'environment'), name='binding_once'), models.UniqueConstraint(condition=models.Q(('isolation_model', 'silo'), models.Q(('status', 'Released'), _negated=True)), fields=('environment',), name='binding_silo_alone'), models.CheckConstraint(condition=models.Q(('isolation_model__in', ['silo', 'pool', 'shared']), ('status__in', ['Pending', 'Active', 'Suspended', 'Released'])), name='binding_choices'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', False), ('status', 'Released')), models.Q(models.Q(('status', 'Released'), _negated=True), ('released_at', None)), _connector='OR'), name='binding_released_at'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('Active', 'Suspended')), _negated=True), ('activated_at__isnull', False), _connector='OR'), name='binding_activated_at'), models.CheckConstraint(condition=models.Q(models.Q(('quota_compute_replicas', None), ('quota_compute_replicas__gte', 0), _connector='OR'), models.Q(('quota_storage_gib', None), ('quota_storage_gib__gte', 0), _connector='OR'), models.Q(('quota_throughput_rps', None), ('quota_throughput_rps__gte', 0), _connector='OR')), name='binding_quota'), models.CheckConstraint(condition=models.Q(('tenant', 'platform'), _negated=True), name='binding_not_of_platform')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("tenant_bindings_runtimetenantbinding"),
        Guarded(
            "tenant_bindings_runtimetenantbinding",
            Guard(
                created=["created_at"],
                companions={"activated_at": ["Active"], "released_at": ["Released"]},
                frozen=[
                    "id", "tenant_id", "environment_id", "isolation_model", "stage", "region",
                    "environment_project",
                ],
                edges=edges(RuntimeTenantBinding.TRANSITIONS),
                initial=["Pending"],
            ),
        ),
        Sql(isolation_key),
    ]
