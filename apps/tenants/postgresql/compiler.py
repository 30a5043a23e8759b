"""SQL compilers that refuse to send a tenant's query outside the door it was made behind.

Row security would answer such a query with an empty list, not with an error.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import compiler as postgres
from django.db.models.sql import compiler as base

from apps.core.errors import NoTenantEntered
from apps.core.managers import TenantManager


class _AsksTheDoor:
    query: Any
    connection: Any

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        made_behind = getattr(self.query, "door", None)
        model = self.query.model
        if model is not None and isinstance(model._default_manager, TenantManager):
            now = self.connection.door
            if now is None or now.tenant_id is None:
                raise NoTenantEntered(f"{model.__name__} was asked for outside the door.")
            if made_behind is not None and made_behind.tenant_id != now.tenant_id:
                raise NoTenantEntered(f"A query made for {made_behind.tenant_id} left its door.")
        return super().execute_sql(*args, **kwargs)  # type: ignore[misc]


class SQLCompiler(_AsksTheDoor, postgres.SQLCompiler):
    pass


# bulk_create's UNNEST is an INSERT ... SELECT, which Citus refuses under row security.
_insert = base.SQLInsertCompiler if settings.CITUS else postgres.SQLInsertCompiler


class SQLInsertCompiler(_AsksTheDoor, _insert):  # type: ignore[misc,valid-type]
    pass


class SQLDeleteCompiler(_AsksTheDoor, base.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(_AsksTheDoor, base.SQLUpdateCompiler):
    pass


class SQLAggregateCompiler(_AsksTheDoor, base.SQLAggregateCompiler):
    pass
