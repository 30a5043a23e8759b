import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.retention.certified import CERTIFICATE_GUARD, ENTRY_GUARD, LEAF_GUARD, RUN_GUARD
from apps.retention.first_rows import killed_before_certificates


class Migration(migrations.Migration):

    dependencies = [
        ('retention', '0005_ways_back'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('run_id', models.UUIDField()),
                ('leaf_count', models.BigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('body', models.JSONField()),
                ('signature', models.CharField(max_length=128)),
                ('issued_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['tenant', '-id'], name='certificate_newest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'run_id'), name='certificate_once'), models.CheckConstraint(condition=models.Q(('leaf_count__gte', 0), ('root__regex', '^[0-9a-f]{64}$'), ('signature__regex', '^[0-9a-f]{128}$')), name='certificate_whole')],
            },
        ),
        migrations.CreateModel(
            name='DisposedRow',
            fields=[
                ('pk', models.CompositePrimaryKey('tenant_id', 'data_class', 'row_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('data_class', models.CharField(max_length=32)),
                ('row_id', models.UUIDField()),
                ('run_id', models.UUIDField()),
                ('digest', models.CharField(max_length=64)),
                ('purged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'run_id', 'data_class', 'row_id'], name='disposed_row_of_run')],
                'constraints': [models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='disposed_row_digest')],
            },
        ),
        migrations.AddIndex(
            model_name='retentionentry',
            index=models.Index(fields=['run_id', '-id'], name='retention_entry_of_run'),
        ),
        Walls("retention_certificate"),
        Guarded("retention_certificate", CERTIFICATE_GUARD),
        Walls("retention_disposedrow"),
        Guarded("retention_disposedrow", LEAF_GUARD),
        Sql(killed_before_certificates),
        Guarded("retention_retentionentry", ENTRY_GUARD),
        Guarded("retention_retentionrun", RUN_GUARD),
    ]
