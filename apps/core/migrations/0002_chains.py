import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls import trail
from apps.core.walls.operations import Guarded, Sql, Walls


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditDetail',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('entry_id', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('salt', models.BinaryField(max_length=16)),
                ('value', models.TextField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('tenant_id', 'entry_id', 'kind'), name='audit_detail'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ('before', 'after', 'reason', 'address', 'label'))), name='audit_detail_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(max_length=40)),
                ('chain', models.CharField(max_length=63)),
                ('last_number', models.BigIntegerField()),
                ('last_hash', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'chain'), name='audit_head')],
            },
        ),
        migrations.AddField('AuditEntry', 'chain', models.CharField(default='', editable=False, max_length=63), preserve_default=False),
        migrations.AddField('AuditEntry', 'number', models.BigIntegerField(default=0, editable=False), preserve_default=False),
        migrations.AddField('AuditEntry', 'previous_hash', models.CharField(default='', editable=False, max_length=64), preserve_default=False),
        migrations.AddField('AuditEntry', 'hash', models.CharField(default='', editable=False, max_length=64), preserve_default=False),
        migrations.AddField('AuditEntry', 'digests', models.JSONField(default=dict, editable=False)),
        migrations.AddField('AuditEntry', 'shown_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
        Sql(trail.numbered),
        migrations.RemoveField('AuditEntry', 'actor_label'),
        migrations.RemoveField('AuditEntry', 'address'),
        migrations.RemoveField('AuditEntry', 'before'),
        migrations.RemoveField('AuditEntry', 'after'),
        migrations.RemoveField('AuditEntry', 'reason'),
        migrations.RemoveIndex('AuditEntry', 'audit_newest'),
        migrations.AddIndex('AuditEntry', models.Index(fields=['tenant_id', 'shown_at', 'id'], name='audit_shown')),
        migrations.AddConstraint('AuditEntry', models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='audit_number_positive')),
        migrations.AddConstraint('AuditEntry', models.UniqueConstraint(fields=('tenant_id', 'chain', 'number'), name='audit_number')),
        migrations.AddConstraint('AuditEntry', models.UniqueConstraint(fields=('tenant_id', 'id'), name='audit_key')),
        Sql(trail.detail_key),
        Sql(trail.everybodys_index),
        Sql(trail.walled_anew),
        Walls('core_auditdetail'),
        Walls('core_audithead'),
        Guarded('core_auditentry', trail.ENTRY_GUARD),
        Guarded('core_auditdetail', trail.DETAIL_GUARD),
        Guarded('core_audithead', trail.HEAD_GUARD),
    ]
