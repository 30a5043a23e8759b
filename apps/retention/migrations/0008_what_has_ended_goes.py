from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Rewalls, Sql
from apps.retention.first_rows import floor_of_what_ended


class Migration(migrations.Migration):
    """What has ended goes a year later: the steward may delete it where the decision lets it."""

    dependencies = [
        ("environments", "0003_emptied_at"),
        ("freezes", "0001_initial"),
        ("people", "0003_last_use_of_a_token"),
        ("retention", "0007_blobs_until_they_are_gone"),
        ("tenant_bindings", "0002_library_grants"),
    ]

    operations = [
        Sql(functions),
        Sql(floor_of_what_ended),
        Rewalls("people_membership"),
        Rewalls("people_apiclient"),
        Rewalls("people_invitation"),
        Rewalls("people_visit"),
        Rewalls("freezes_freeze"),
        Rewalls("tenant_bindings_runtimetenantbinding"),
        # Its end is a clock, too.
        Guarded(
            "people_apiclient",
            Guard(
                created=["created_at"],
                frozen=["id", "tenant_id", "token_hash", "prefix", "scopes", "expires_at"],
                once=["revoked_at"],
                stamps=["revoked_at"],
            ),
        ),
    ]
