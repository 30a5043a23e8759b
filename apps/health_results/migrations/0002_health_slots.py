import apps.core.ids
import django.db.models.expressions
from django.db import migrations, models

from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.health_results.tables import first_slots


class Migration(migrations.Migration):

    dependencies = [
        ('health_results', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='HealthSlot',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('service_id', models.UUIDField(editable=False)),
                ('begins', models.DateTimeField(editable=False)),
                ('total', models.BigIntegerField(default=0)),
                ('degraded', models.BigIntegerField(default=0)),
                ('unhealthy', models.BigIntegerField(default=0)),
                ('latency_total', models.BigIntegerField(default=0)),
                ('latency_results', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'health slot',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', 'begins'], name='health_slot_begins')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'service_id', 'begins'), name='health_slot_once'), models.CheckConstraint(condition=models.Q(('degraded__gte', 0), ('latency_total__gte', 0), ('unhealthy__gte', 0), ('latency_results__gte', 0), ('latency_results__lte', models.F('total')), ('total__gte', django.db.models.expressions.CombinedExpression(models.F('degraded'), '+', models.F('unhealthy')))), name='health_slot_counts')],
            },
        ),
        Walls("health_results_healthslot"),
        Guarded(
            "health_results_healthslot",
            Guard(
                frozen=["id", "tenant_id", "environment_id", "service_id", "begins"],
                rising=["total", "degraded", "unhealthy", "latency_total", "latency_results"],
            ),
        ),
        Sql(first_slots),
    ]
