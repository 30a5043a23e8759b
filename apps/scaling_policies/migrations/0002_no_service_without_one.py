from django.db import migrations

from apps.core.walls.operations import Sql
from apps.scaling_policies.keys import service_has_policy


class Migration(migrations.Migration):
    """Every service has a policy, as every policy has a service: both keys, checked at once."""

    dependencies = [
        ('scaling_policies', '0001_initial'),
    ]

    operations = [Sql(service_has_policy)]
