import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls


class Migration(migrations.Migration):

    """Answers for requests that are sent again; the functions that find a token and its limit."""

    initial = True

    dependencies = [
        ('core', '0002_chains'),
        ('people', '0003_last_use_of_a_token'),
        ('retention', '0008_what_has_ended_goes'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('client_id', models.UUIDField(editable=False)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('request_id', models.CharField(max_length=64)),
                ('status', models.IntegerField(null=True)),
                ('headers', models.JSONField(default=dict)),
                ('body', models.TextField(blank=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'kept answer',
                'indexes': [models.Index(fields=['made_at'], name='kept_answer_age')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'client_id', 'key'), name='kept_answer_once'), models.CheckConstraint(condition=models.Q(('status', None), models.Q(('status__gte', 200), ('status__lt', 300)), _connector='OR'), name='kept_answer_of_a_success'), models.CheckConstraint(condition=models.Q(models.Q(('key', ''), _negated=True), models.Q(('fingerprint', ''), _negated=True), models.Q(('request_id', ''), _negated=True)), name='kept_answer_whole')],
            },
        ),
        Sql(functions),
        Walls("api_keptanswer"),
        Guarded(
            "api_keptanswer",
            Guard(
                frozen=["id", "tenant_id", "client_id", "key"], stamped={"made_at": "request_id"}
            ),
        ),
    ]
