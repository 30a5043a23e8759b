from django.db import migrations, models

from apps.core.walls.operations import Sql
from apps.scaling_policies.keys import service_has_policy


class Migration(migrations.Migration):
    """Every service has a policy, as every policy has a service; the list walks two indexes."""

    dependencies = [
        ('scaling_policies', '0001_initial'),
    ]

    operations = [
        Sql(service_has_policy),
        migrations.AddIndex(
            model_name='scalingpolicy',
            index=models.Index(fields=['tenant_id', '-id'], name='policy_newest'),
        ),
        migrations.AddIndex(
            model_name='scalingpolicy',
            index=models.Index(fields=['tenant_id', 'environment_id', '-id'], name='policy_newest_here'),
        ),
    ]
