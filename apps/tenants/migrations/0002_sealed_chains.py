import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls import trail
from apps.core.walls.functions import functions
from apps.core.walls.operations import Guarded, Sql, Walls


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_chains'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SealedDetail',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('entry_id', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('salt', models.BinaryField(max_length=16)),
                ('value', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'entry_id', 'kind'), name='sealed_detail'), models.CheckConstraint(condition=models.Q(('kind__in', ('before', 'after', 'reason', 'address', 'label'))), name='sealed_detail_kind')],
            },
        ),
        migrations.CreateModel(
            name='SealedEntry',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('chain', models.CharField(editable=False, max_length=63)),
                ('number', models.BigIntegerField(editable=False)),
                ('previous_hash', models.CharField(editable=False, max_length=64)),
                ('hash', models.CharField(editable=False, max_length=64)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('claimed_at', models.DateTimeField(editable=False, null=True)),
                ('shown_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('actor_kind', models.CharField(max_length=16)),
                ('actor_id', models.UUIDField(null=True)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('action', models.CharField(max_length=64)),
                ('object_type', models.CharField(max_length=64)),
                ('object_id', models.CharField(max_length=64)),
                ('environment_id', models.UUIDField(null=True)),
                ('digests', models.JSONField(default=dict, editable=False)),
            ],
            options={
                'verbose_name': 'sealed audit entry',
                'verbose_name_plural': 'sealed audit entries',
                'indexes': [models.Index(fields=['tenant_id', 'shown_at', 'id'], name='sealed_shown')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='sealed_number_positive'), models.UniqueConstraint(fields=('tenant_id', 'chain', 'number'), name='sealed_number'), models.UniqueConstraint(fields=('tenant_id', 'id'), name='sealed_key')],
            },
        ),
        migrations.CreateModel(
            name='SealedHead',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('chain', models.CharField(max_length=63)),
                ('last_number', models.BigIntegerField()),
                ('last_hash', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'chain'), name='sealed_head')],
            },
        ),
        Sql(trail.sealed_detail_key),
        Walls("tenants_sealedentry"),
        Walls("tenants_sealeddetail"),
        Walls("tenants_sealedhead"),
        Guarded("tenants_sealedentry", trail.SEALED_ENTRY_GUARD),
        Guarded("tenants_sealeddetail", trail.DETAIL_GUARD),
        Guarded("tenants_sealedhead", trail.SEALED_HEAD_GUARD),
        Sql(functions),
    ]
