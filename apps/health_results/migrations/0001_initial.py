import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.health_results.tables import TABLE, results


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('services', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[Sql(results)],
            state_operations=[
                migrations.CreateModel(
                    name='HealthCheckResult',
                    fields=[
                        ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('tenant_id', models.CharField(editable=False, max_length=40)),
                        ('environment_id', models.UUIDField(editable=False)),
                        ('service_id', models.UUIDField(editable=False)),
                        ('status', models.CharField(choices=[('Healthy', 'Healthy'), ('Degraded', 'Degraded'), ('Unhealthy', 'Unhealthy')], max_length=16)),
                        ('probe', models.CharField(db_collation='C', max_length=80)),
                        ('latency_ms', models.IntegerField(blank=True, null=True)),
                        ('detail', models.CharField(blank=True, max_length=2000)),
                        ('checked_at', models.DateTimeField(editable=False)),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'verbose_name': 'health result',
                        'ordering': ['-checked_at', '-id'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['tenant_id', 'environment_id', 'service_id', 'checked_at', 'id'], name='health_result_newest'), models.Index(condition=models.Q(('status', 'Healthy'), _negated=True), fields=['tenant_id', 'environment_id', 'service_id', 'checked_at'], name='health_result_ailing')],
                        'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'service_id', 'probe', 'checked_at'), name='health_result_once'), models.CheckConstraint(condition=models.Q(('status__in', ['Healthy', 'Degraded', 'Unhealthy'])), name='health_result_status'), models.CheckConstraint(condition=models.Q(('probe', ''), _negated=True), name='health_result_probe'), models.CheckConstraint(condition=models.Q(('latency_ms__gte', 0)), name='health_result_latency')],
                    },
                ),
            ],
        ),
        Walls(TABLE),
        Guarded(
            TABLE,
            Guard(
                created=["received_at"],
                accepted={"checked_at": ("720 hours", "5 minutes")},
                frozen=[
                    "id", "tenant_id", "environment_id", "service_id", "status", "probe",
                    "latency_ms", "detail", "checked_at",
                ],
            ),
        ),
    ]
