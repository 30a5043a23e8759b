from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.operations import Sql


class Migration(migrations.Migration):
    """Every class has its number, be it nought."""

    dependencies = [
        ("upkeep", "0003_backlog_and_alerts"),
    ]

    operations = [
        Sql(functions),
    ]
