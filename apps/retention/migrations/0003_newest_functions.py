from django.db import migrations, models

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
        migrations.RemoveConstraint(model_name="governanceexception", name="exception_frozen"),
        migrations.AddConstraint(
            model_name="governanceexception",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "Approved"), _negated=True),
                    models.Q(
                        ("row_count__gte", 0),
                        ("row_count__isnull", False),
                        models.Q(("digest", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="exception_frozen",
            ),
        ),
    ]
