from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.operations import Sql


class Migration(migrations.Migration):
    """A tenant's tokens see the references of its holds."""

    dependencies = [("retention", "0008_what_has_ended_goes")]

    operations = [Sql(functions)]
