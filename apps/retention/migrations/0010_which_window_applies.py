from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.operations import Sql


class Migration(migrations.Migration):
    """A tenant's people are told which version of a window applies to a row."""

    dependencies = [
        ("retention", "0009_references_of_holds"),
    ]

    operations = [
        Sql(functions),
    ]
