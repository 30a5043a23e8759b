import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models

from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        ('people', '0002_invitations_officers_visits'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobRecord',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(editable=False, max_length=64)),
                ('started_at', models.DateTimeField(editable=False)),
                ('succeeded_at', models.DateTimeField(editable=False, null=True)),
                ('failed_at', models.DateTimeField(editable=False, null=True)),
                ('result', models.TextField(blank=True, editable=False)),
                ('failure', models.TextField(blank=True, editable=False)),
                ('tenant', models.ForeignKey(default='platform', on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'job',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'name'), name='job_once'), models.CheckConstraint(condition=models.Q(('tenant', 'platform')), name='job_of_the_platform'), models.CheckConstraint(condition=models.Q(models.Q(('failed_at', None), ('failure', '')), models.Q(('failed_at__isnull', False), models.Q(('failure', ''), _negated=True)), _connector='OR'), name='job_failure')],
            },
        ),
        Walls("upkeep_jobrecord"),
        Guarded("upkeep_jobrecord", Guard(frozen=["id", "tenant_id", "name"])),
    ]
