"""The manager that raises.

Row security is silent: outside the door it answers with no rows. So the manager of every
tenant table raises instead, in `get_queryset`, the one point through which `save`,
`bulk_create`, related managers and `refresh_from_db` pass too; and it puts `tenant_id` into
every query, so that its indexes are used. The compiler of the database backend asks once more
when the query is sent, for a queryset that was made inside and is evaluated outside.
"""

from typing import Any, Generic, TypeVar

from django.db import models

from apps.core import door
from apps.core.errors import NoTenantEntered

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M], Generic[M]):
    """Remembers which door it was made behind (`query.door`, carried by every clone)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hasattr(self.query, "door"):  # a clone keeps the door of what it was cloned from
            self.query.door = door.current()  # type: ignore[attr-defined]

    def _insert(self, *args: Any, **kwargs: Any) -> Any:
        """Inserting makes a query of its own, which does not know the door."""
        made_behind = self.query.door  # type: ignore[attr-defined]
        if made_behind is None or made_behind.tenant_id != door.tenant():
            raise NoTenantEntered("A queryset left the door that it was made behind.")
        return super()._insert(*args, **kwargs)  # type: ignore[misc]

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: raw SQL passes no compiler, so nobody would ask the door when it is sent."""
        raise NoTenantEntered("Raw querysets leave the door unseen: use a cursor behind it.")


class TenantManager(models.Manager[M], Generic[M]):
    """Rows of the tenant entered; raises NoTenantEntered where none is."""

    def get_queryset(self) -> models.QuerySet[M]:
        tenant_id = door.tenant()
        return TenantQuerySet(self.model, using=self._db).filter(tenant_id=tenant_id)
