from django.db import migrations, models

from apps.configurations.models import RuntimeConfiguration
from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded


class Migration(migrations.Migration):
    """Who published a version: written with the transition, and never again."""

    dependencies = [
        ('configurations', '0001_initial'),
        ('quotas', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='runtimeconfiguration',
            name='published_by',
            field=models.CharField(db_default='', default='', editable=False, max_length=254),
        ),
        Grants("configurations_runtimeconfiguration"),
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
                frozen_unless={"payload": ["Draft"], "checksum": ["Draft"], "published_by": ["Draft"]},
                edges=edges(RuntimeConfiguration.TRANSITIONS),
                initial=["Draft"],
            ),
        ),
    ]
