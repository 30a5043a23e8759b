"""ENGINE `apps.tenants.postgresql`.

django-tenants sends a *session* `SET search_path` with every cursor, which would undo the
door's `SET LOCAL` and outlive the commit. Here only the door sets it, for runtime and steward;
the owner (migrations and upkeep, connected directly) keeps django-tenants' way.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsWrapper

from apps.core.door import Door


class DatabaseOperations(PostgresOperations):
    """Asks the door again when a query is sent (see compiler)."""

    compiler_module = "apps.tenants.postgresql.compiler"

    def deferrable_sql(self) -> str:
        # On Citus a deferred key fails at COMMIT as an internal error, not an IntegrityError.
        return "" if settings.CITUS else super().deferrable_sql()


class DatabaseWrapper(TenantsWrapper):
    """`door` is what has been entered in the transaction that is open, or None."""

    ops_class = DatabaseOperations
    door: Door | None = None

    def _handle_search_path(self, cursor: Any = None) -> None:
        # An owner behind the door (the demo, imports, moves) stays where the door led.
        if self.alias == "owner" and self.door is None:
            super()._handle_search_path(cursor)

    def close(self) -> None:
        self.door = None
        super().close()
