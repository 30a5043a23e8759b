from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.operations import Sql


class Migration(migrations.Migration):
    """The numbers that /metrics tells."""

    dependencies = [
        ("upkeep", "0001_initial"),
    ]

    operations = [
        Sql(functions),
    ]
