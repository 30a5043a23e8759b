from django.db import migrations

from apps.core.walls.grants import UNWALLED
from apps.core.walls.operations import Grants, Sql
from apps.tenant_bindings.keys import sequence_grants


class Migration(migrations.Migration):
    """What runtime may do with the tables of libraries, once all of them are there."""

    dependencies = [
        ("tenant_bindings", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("people", "0002_invitations_officers_visits"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [Grants(*UNWALLED, later=["hidden_columns"]), Sql(sequence_grants)]
