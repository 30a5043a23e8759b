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
            name='SearchTerm',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('object_type', models.CharField(choices=[('service', 'Service'), ('deployment', 'Deployment'), ('configuration', 'Configuration'), ('finding', 'Finding')], editable=False, max_length=16)),
                ('object_id', models.UUIDField(editable=False)),
                ('term', models.CharField(db_collation='C', editable=False, max_length=120)),
            ],
            options={
                'verbose_name': 'search term',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', 'object_type', 'term'], include=('environment_id', 'object_id'), name='search_term')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'object_id', 'object_type', 'term'), name='search_term_once'), models.CheckConstraint(condition=models.Q(('object_type__in', ['service', 'deployment', 'configuration', 'finding'])), name='search_term_kind'), models.CheckConstraint(condition=models.Q(('term', ''), _negated=True), name='search_term_not_empty')],
            },
        ),
        Walls("search_searchterm"),
        Guarded(
            "search_searchterm",
            Guard(frozen=["id", "tenant_id", "environment_id", "object_type", "object_id", "term"]),
        ),
    ]
