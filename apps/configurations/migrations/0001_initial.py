import apps.core.ids
import apps.core.states
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls
from apps.configurations.models import RuntimeConfiguration
from apps.core.states import edges


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuntimeConfiguration',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('version', models.IntegerField(editable=False)),
                ('status', models.CharField(choices=[('Draft', 'Draft'), ('Published', 'Published'), ('Superseded', 'Superseded'), ('Discarded', 'Discarded')], default='Draft', editable=False, max_length=16)),
                ('payload', models.JSONField()),
                ('checksum', models.CharField(editable=False, max_length=64)),
                ('created_by', models.CharField(editable=False, max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('published_at', models.DateTimeField(editable=False, null=True)),
                ('superseded_at', models.DateTimeField(editable=False, null=True)),
                ('discarded_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'configuration',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', '-id'], name='configuration_newest')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='configuration_key'), models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'version'), name='configuration_version'), models.UniqueConstraint(condition=models.Q(('status', 'Published')), fields=('tenant_id', 'environment_id'), name='configuration_published_once'), models.CheckConstraint(condition=models.Q(('status__in', ['Draft', 'Published', 'Superseded', 'Discarded'])), name='configuration_status'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='configuration_counts'), models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', False), ('status__in', ['Published', 'Superseded'])), models.Q(('published_at', None), ('status__in', ['Draft', 'Discarded'])), _connector='OR'), name='configuration_published_at'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'Superseded'), ('superseded_at__isnull', False)), models.Q(models.Q(('status', 'Superseded'), _negated=True), ('superseded_at', None)), _connector='OR'), name='configuration_superseded_at'), models.CheckConstraint(condition=models.Q(models.Q(('discarded_at__isnull', False), ('status', 'Discarded')), models.Q(models.Q(('status', 'Discarded'), _negated=True), ('discarded_at', None)), _connector='OR'), name='configuration_discarded_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='VersionCounter',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('last_version', models.IntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id'), name='version_counter_once')],
            },
        ),
        Walls("configurations_runtimeconfiguration", later=["published_by"]),
        Guarded(
            "configurations_runtimeconfiguration",
            Guard(
                created=["created_at"],
                companions={
                    "published_at": ["Published"],
                    "superseded_at": ["Superseded"],
                    "discarded_at": ["Discarded"],
                },
                frozen=["id", "tenant_id", "environment_id", "version", "created_by"],
                frozen_unless={"payload": ["Draft"], "checksum": ["Draft"]},
                edges=edges(RuntimeConfiguration.TRANSITIONS),
                initial=["Draft"],
            ),
        ),
        Walls("configurations_versioncounter"),
        Guarded(
            "configurations_versioncounter",
            Guard(frozen=["id", "tenant_id", "environment_id"], rising=["last_version"]),
        ),
    ]
