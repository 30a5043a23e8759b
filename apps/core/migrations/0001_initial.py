import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.core.walls.functions import functions


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        Sql(functions),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('claimed_at', models.DateTimeField(editable=False, null=True)),
                ('actor_kind', models.CharField(max_length=16)),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_label', models.CharField(blank=True, max_length=254)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('action', models.CharField(max_length=64)),
                ('object_type', models.CharField(max_length=64)),
                ('object_id', models.CharField(max_length=64)),
                ('environment_id', models.UUIDField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'indexes': [models.Index(fields=['tenant_id', 'object_id', 'id'], name='audit_object'), models.Index(fields=['tenant_id', 'id'], name='audit_newest')],
            },
        ),
        Walls("core_auditentry"),
        Guarded(
            "core_auditentry",
            Guard(recorded=["at"], frozen=["id", "tenant_id", "action", "object_id"]),
        ),
    ]
