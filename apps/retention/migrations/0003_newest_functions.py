from django.db import migrations

from apps.core.walls.functions import functions
from apps.core.walls.operations import Rewalls, Sql


class Migration(migrations.Migration):
    """The decision knows every data class; officers sign in the chain of whom they sign for."""

    dependencies = [
        ("core", "0002_chains"),
        ("freezes", "0001_initial"),
        ("people", "0002_invitations_officers_visits"),
        ("retention", "0002_governance_exceptions"),
        ("tenant_bindings", "0002_library_grants"),
    ]

    operations = [
        Sql(functions),
        Rewalls("core_auditentry"),
        Rewalls("core_auditdetail"),
        Rewalls("core_audithead"),
    ]
