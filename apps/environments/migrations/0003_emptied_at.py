from django.db import migrations, models
from django.db.models import Q

from apps.core.states import edges
from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Rewalls, Sql
from apps.environments.models import RuntimeEnvironment


class Migration(migrations.Migration):
    """When the last row below an environment has gone: from then on its own year runs."""

    dependencies = [
        ("environments", "0002_grants_of_editing"),
    ]

    operations = [
        # The decision's functions, for a control plane that was made before they were.
        Sql(functions),
        migrations.AddField(
            "runtimeenvironment", "emptied_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddConstraint(
            "runtimeenvironment",
            models.CheckConstraint(
                condition=Q(emptied_at=None) | Q(status="Decommissioned"),
                name="environment_emptied_at",
            ),
        ),
        Rewalls("environments_runtimeenvironment"),
        Guarded(
            "environments_runtimeenvironment",
            Guard(
                created=["created_at"],
                companions={
                    "provisioned_at": ["Provisioned"],
                    "decommissioned_at": ["Decommissioned"],
                },
                frozen=["id", "tenant_id", "project_id"],
                frozen_unless={
                    column: ["Requested", "Provisioning", "Failed"]
                    for column in ("stage", "region", "isolation_model")
                },
                edges=edges(RuntimeEnvironment.TRANSITIONS),
                initial=["Requested"],
                once=["emptied_at"],
                stamps=["emptied_at"],
                checks={
                    "update": [
                        "IF NEW.emptied_at IS NOT NULL AND OLD.emptied_at IS NULL "
                        "AND NOT app.moves_clocks() AND EXISTS ("
                        "SELECT FROM public.tenant_bindings_runtimetenantbinding b "
                        "WHERE b.environment_id = NEW.id) THEN",
                        "RAISE EXCEPTION 'something is left below it' USING ERRCODE = 'RP409';",
                        "END IF;",
                    ]
                },
            ),
        ),
    ]
