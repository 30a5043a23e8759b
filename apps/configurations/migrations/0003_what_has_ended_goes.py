from django.db import migrations

from apps.core.walls.operations import RetentionDecides


class Migration(migrations.Migration):
    """What has ended goes a year later, where the decision lets it."""

    dependencies = [
        ("configurations", "0002_published_by"),
    ]

    operations = [
        RetentionDecides("configurations_versioncounter"),
    ]
