"""The state of the door: who has entered what, on which connection, in which transaction.

Promises: a tenant's rows are reachable through the ORM only between entering and leaving;
audit entries of what was rolled back are dropped with it; nothing here outlives the
transaction. It never decides who may enter: the database does (app.enter), and
`apps.tenant_bindings.context` is the only caller.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connections, transaction

from apps.core.access import Actor, Rights
from apps.core.errors import Forbidden, NoTenantEntered

if TYPE_CHECKING:
    from apps.core.models import AuditEntry

_alias: ContextVar[str] = ContextVar("database_alias", default="default")


@dataclass
class Door:
    """One entering. `tenant_id` is None on the control plane, `partition` where none is entered."""

    alias: str
    actor: Actor
    rights: Rights
    writing: bool
    tenant_id: str | None = None
    tenant_name: str = ""
    partition: str | None = None
    partitions: tuple[str, ...] = ()
    # Whether chains of partitions that have gone stand in the control plane.
    sealed: bool = False
    environment_id: UUID | None = None
    binding: dict[str, Any] | None = None
    # What the binding entered admits a second; of a whole tenant its most generous one. None: any.
    throughput_rps: int | None = None
    # Of a platform admin who is inside for a reason: {visitId, until, reason, role}.
    visit: dict[str, Any] | None = None
    entries: "list[AuditEntry]" = field(default_factory=list)

    def may(self, scope: str) -> bool:
        return self.actor.is_system or self.rights.may(scope)


def current_alias() -> str:
    """The database login in use: `default` (runtime), `owner` or `steward`."""
    return _alias.get()


@contextlib.contextmanager
def using(alias: str) -> Iterator[None]:
    """Works as another login of the same database: the shell's commands and the worker."""
    token = _alias.set(alias)
    try:
        yield
    finally:
        _alias.reset(token)


def current() -> Door | None:
    """The door entered on this thread's connection, if any."""
    return getattr(connections[current_alias()], "door", None)


def entered() -> Door:
    """The door entered; raises NoTenantEntered where none is."""
    door = current()
    if door is None:
        raise NoTenantEntered("Nobody has entered: open a door in apps.tenant_bindings.context.")
    return door


def tenant() -> str:
    """The tenant entered; raises NoTenantEntered."""
    door = current()
    if door is None or door.tenant_id is None:
        raise NoTenantEntered("No tenant is entered: its rows are reachable by the door alone.")
    return door.tenant_id


def environment() -> UUID:
    """The environment entered; raises NoTenantEntered where the door is not of one."""
    door = current()
    if door is None or door.environment_id is None:
        raise NoTenantEntered("No environment is entered: this write belongs to one.")
    return door.environment_id


def require(scope: str) -> Door:
    """The door, if who entered may do this; else Forbidden. Every operation begins with it."""
    door = entered()
    if not door.may(scope):
        raise Forbidden(f"{door.actor.label or 'You'} may not do this: it needs {scope}.")
    return door


@contextlib.contextmanager
def atomic() -> Iterator[None]:
    """A transaction or savepoint on the login in use that takes its audit entries along.

    What is rolled back leaves no entry behind.
    """
    door, alias = current(), current_alias()
    before = len(door.entries) if door else 0
    stays = False
    try:
        with transaction.atomic(using=alias):
            yield
            stays = not connections[alias].needs_rollback
    finally:
        if door and not stays:
            del door.entries[before:]


class LoginRouter:
    """Sends every query to the login in use."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return current_alias()

    def db_for_write(self, model: type, **hints: Any) -> str:
        return current_alias()

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True  # one database, three logins
