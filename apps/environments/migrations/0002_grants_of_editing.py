from django.db import migrations
from apps.core.walls.operations import Grants


class Migration(migrations.Migration):

    dependencies = [
        ('environments', '0001_initial'),
    ]

    operations = [
        Grants("environments_runtimeenvironment", later=["emptied_at"]),
    ]
