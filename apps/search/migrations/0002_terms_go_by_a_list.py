from django.db import migrations

from apps.core.walls.operations import RetentionDecides


class Migration(migrations.Migration):
    """The policy of who deletes terms, in a form that finds a term's source in a list at once."""

    dependencies = [("search", "0001_initial")]

    operations = [RetentionDecides("search_searchterm")]
