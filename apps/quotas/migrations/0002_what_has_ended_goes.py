from django.db import migrations

from apps.core.walls.operations import RetentionDecides


class Migration(migrations.Migration):
    """What has ended goes a year later, where the decision lets it."""

    dependencies = [
        ("quotas", "0001_initial"),
    ]

    operations = [
        RetentionDecides("quotas_usage"),
    ]
