import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls


class Migration(migrations.Migration):
    """What is there and what becomes due at each tenant, counted for the platform."""

    dependencies = [
        ('retention', '0011_days_go_whole'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RetentionRollup',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('data_class', models.CharField(max_length=32)),
                ('there', models.BigIntegerField()),
                ('in_use', models.BigIntegerField()),
                ('held', models.BigIntegerField()),
                ('held_by', models.JSONField(default=dict)),
                ('more', models.BooleanField()),
                ('due_7', models.BigIntegerField()),
                ('due_30', models.BigIntegerField()),
                ('due_90', models.BigIntegerField()),
                ('due_365', models.BigIntegerField()),
                ('more_7', models.BooleanField()),
                ('more_30', models.BooleanField()),
                ('more_90', models.BooleanField()),
                ('more_365', models.BooleanField()),
                ('counted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['tenant', 'data_class'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'data_class'), name='retention_rollup_once'), models.CheckConstraint(condition=models.Q(('due_30__gte', 0), ('due_365__gte', 0), ('due_7__gte', 0), ('due_90__gte', 0), ('held__gte', 0), ('in_use__gte', 0), ('there__gte', 0)), name='retention_rollup_counts')],
            },
        ),
        Walls("retention_retentionrollup"),
        Guarded(
            "retention_retentionrollup",
            Guard(
                frozen=["id", "tenant_id", "data_class"],
                checks={
                    "insert": ["NEW.counted_at := now();"],
                    "update": ["NEW.counted_at := now();"],
                },
            ),
        ),
    ]
