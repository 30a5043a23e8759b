import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0001_initial'),
        ('upkeep', '0002_meters'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('nothing-went', 'a run found it due and took nothing away'), ('overdue', 'it has been due for longer than a run may take to come')], editable=False, max_length=16)),
                ('of_tenant', models.CharField(editable=False, max_length=40)),
                ('data_class', models.CharField(editable=False, max_length=32)),
                ('told', models.TextField(editable=False)),
                ('raised_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('cleared_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(default='platform', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cleared_at', None)), fields=('tenant', 'kind', 'of_tenant', 'data_class'), name='alert_open_once'), models.CheckConstraint(condition=models.Q(('tenant', 'platform')), name='alert_of_the_platform'), models.CheckConstraint(condition=models.Q(('kind__in', ['nothing-went', 'overdue'])), name='alert_kind'), models.CheckConstraint(condition=models.Q(('told', ''), _negated=True), name='alert_tells')],
            },
        ),
        migrations.CreateModel(
            name='Backlog',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('of_tenant', models.CharField(editable=False, max_length=40)),
                ('data_class', models.CharField(editable=False, max_length=32)),
                ('due', models.BigIntegerField(default=0, editable=False)),
                ('kept', models.BigIntegerField(default=0, editable=False)),
                ('oldest_due_at', models.DateTimeField(editable=False, null=True)),
                ('overdue_since', models.DateTimeField(editable=False, null=True)),
                ('counted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(default='platform', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name_plural': 'backlog',
                'ordering': ['of_tenant', 'data_class'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'of_tenant', 'data_class'), name='backlog_once'), models.CheckConstraint(condition=models.Q(('tenant', 'platform')), name='backlog_of_the_platform'), models.CheckConstraint(condition=models.Q(('due__gte', 0), ('kept__gte', 0)), name='backlog_counts'), models.CheckConstraint(condition=models.Q(models.Q(('due', 0), ('oldest_due_at', None), ('overdue_since', None)), models.Q(('due__gt', 0), ('oldest_due_at__isnull', False)), _connector='OR'), name='backlog_oldest')],
            },
        ),
        Walls("upkeep_backlog"),
        Walls("upkeep_alert"),
        Guarded("upkeep_backlog", Guard(frozen=["id", "tenant_id", "of_tenant", "data_class"])),
        Guarded(
            "upkeep_alert",
            Guard(
                created=["raised_at"],
                frozen=["id", "tenant_id", "kind", "of_tenant", "data_class", "told"],
                once=["cleared_at"],
                stamps=["cleared_at"],
            ),
        ),
        # What /metrics tells of them.
        Sql(functions),
    ]
