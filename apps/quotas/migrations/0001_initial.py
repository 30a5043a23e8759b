import apps.core.ids
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Usage',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('storage_bytes', models.BigIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id'), name='usage_once'), models.CheckConstraint(condition=models.Q(('storage_bytes__gte', 0)), name='usage_counts')],
            },
        ),
        Walls("quotas_usage"),
        Guarded("quotas_usage", Guard(frozen=["id", "tenant_id", "environment_id"])),
    ]
