"""The one door into a tenant. Nothing else enters.

Promises: one statement enters (`app.enter`: it asks binding and right, refuses first and says
why); everything it sets is local to the transaction, so that a pooler in transaction mode is
safe; leaving clears it; audit entries are written immediately before COMMIT, those of doors
within doors too. What raises in here rolls back whole.

Must never: cache an answer, be entered with a name that a request chose for a partition, or be
left open while a response streams.
"""

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.utils import DatabaseError

from apps.core import door
from apps.core.access import PLATFORM, Actor, Rights, scopes_of
from apps.core.audit import CONTROL_PLANE
from apps.core.chain_writing import write_entries
from apps.core.door import Door
from apps.core.errors import Forbidden, NotFound, Refused, Suspended
from apps.core.models import AuditEntry


@contextlib.contextmanager
def enter_tenant(
    tenant_id: str,
    *,
    actor: Actor,
    environment_id: UUID | None = None,
    partition: str | None = None,
    writing: bool = False,
) -> Iterator[Door]:
    """Enters a tenant: in an environment's partition, in `partition`, or in its first one.

    The partition `public` enters no data partition: the tenant's part of the control plane.

    Raises NotFound where the actor may not know that tenant, environment or partition; Suspended
    where `writing` meets a suspended binding. A door for reading makes the transaction
    read-only. A door for writing holds the tenant's shared lock until the commit.
    """
    with _open(
        "SELECT app.enter(%s, %s, %s, %s, %s, %s)",
        [tenant_id, actor.kind, actor.id, environment_id, partition, writing],
        actor,
        writing,
    ) as (admission, entered):
        granted = set(admission.get("scopes") or [])
        roles = tuple(admission["roles"])
        entered.rights = Rights(roles, frozenset(scopes_of(roles) | granted))
        entered.tenant_id = admission["tenant"]
        entered.tenant_name = admission["name"]
        entered.partition = admission["partition"]
        entered.partitions = tuple(admission["partitions"])
        entered.sealed = admission["sealed"]
        entered.environment_id = environment_id
        entered.binding = admission["binding"]
        entered.visit = admission["visit"]
        entered.throughput_rps = admission["throughputRps"]
        yield entered


@contextlib.contextmanager
def enter_platform(*, actor: Actor) -> Iterator[Door]:
    """Enters the control plane as a person, the shell or the worker: no tenant, no partition."""
    person = actor.id if actor.kind == "person" else None
    with _open("SELECT app.enter_platform(%s)", [person], actor, True) as (roles, entered):
        entered.rights = Rights(tuple(roles), scopes_of(roles))
        yield entered


@contextlib.contextmanager
def enter_records(tenant_id: str, *, actor: Actor, writing: bool = False) -> Iterator[Door]:
    """A tenant's part of the control plane; of `platform`, which no tenant's door opens, its own.

    For the steward and the owner: Forbidden for the web's login where it is the platform's.
    """
    if tenant_id != PLATFORM:
        with enter_tenant(
            tenant_id, actor=actor, partition=CONTROL_PLANE, writing=writing
        ) as entered:
            yield entered
        return
    with enter_platform(actor=actor) as entered:
        if entered.alias == "default":
            raise Forbidden("The platform's own rows are the steward's to look after.")
        with connections[entered.alias].cursor() as cursor:
            cursor.execute(f"SET LOCAL app.tenant_id = '{PLATFORM}'")
        yield entered


def each_partition(entered: Door) -> Iterator[str]:
    """Turns to each of the tenant's partitions in turn, then back to where it was.

    For pages of the whole tenant. The first costs nothing where it is the one entered; each other
    one statement. The door's actor, rights and audit entries stay; so for reading only.
    """
    home = entered.partition
    for schema in _from_home(entered):
        _turn_to(entered, schema)
        yield schema
    _turn_to(entered, home)


def each_chain(entered: Door) -> Iterator[str]:
    """Turns to each partition like each_partition, then to the tenant's part of the control plane.

    Wherever the tenant has a chain of the audit trail; for reading only.
    """
    home = entered.partition
    for schema in (*_from_home(entered), CONTROL_PLANE):
        _turn_to(entered, schema)
        yield schema
    _turn_to(entered, home)


def _from_home(entered: Door) -> list[str]:
    return sorted(entered.partitions, key=lambda name: name != entered.partition)


def _turn_to(entered: Door, schema: str | None) -> None:
    if schema is None or schema == (entered.partition or CONTROL_PLANE):
        return
    actor = entered.actor
    _knock(
        connections[entered.alias],
        "SELECT app.enter(%s, %s, %s, NULL, %s, false)",
        [entered.tenant_id, actor.kind, actor.id, schema],
    )
    entered.partition = schema


@contextlib.contextmanager
def _open(
    statement: str, parameters: list[Any], actor: Actor, writing: bool
) -> Iterator[tuple[Any, Door]]:
    alias = door.current_alias()
    connection: Any = connections[alias]
    outer: Door | None = connection.door
    nested = connection.in_atomic_block
    entered = Door(alias, actor, Rights(), writing)
    later: list[AuditEntry] = []
    with transaction.atomic(using=alias):  # noqa: TID251  (this is where doors open)
        admission = _knock(connection, statement, parameters)
        connection.door = entered
        try:
            yield admission, entered
            if not connection.needs_rollback:
                later, now = _divide(entered, outer)
                write_entries(connection, now)
                entered.entries.clear()
        finally:
            connection.door = outer
        if nested and not connection.needs_rollback:
            # A setting local to the transaction survives the release of a savepoint.
            _restore(connection, outer)
    if outer is not None:  # only now is it sure that the savepoint stays
        outer.entries += later


def _knock(connection: Any, statement: str, parameters: list[Any]) -> Any:
    """The first statement. Branches on SQLSTATE: names of constraints are not portable."""
    try:
        # A savepoint of its own would cost two more statements: a refusal ends the transaction.
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            answer = cursor.fetchone()[0]
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if state == "RP404":
            raise NotFound from error
        if state == "RP409":
            raise Suspended("The binding is suspended: it admits reads only.") from error
        raise
    return json.loads(answer) if isinstance(answer, str) else answer


def _restore(connection: Any, outer: Door | None) -> None:
    """Clears what the inner door set and asks for the outer one again, which may be gone by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.leave()")
    if outer is not None and outer.tenant_id is not None:
        _knock(
            connection,
            "SELECT app.enter(%s, %s, %s, %s, %s, %s)",
            [outer.tenant_id, outer.actor.kind, outer.actor.id, outer.environment_id,
             None if outer.environment_id else outer.partition or "public", outer.writing],
        )  # fmt: skip
    elif outer is not None and outer.actor.kind == "person":
        _knock(connection, "SELECT app.enter_platform(%s)", [outer.actor.id])


def _divide(inner: Door, outer: Door | None) -> tuple[list[AuditEntry], list[AuditEntry]]:
    """What the outer door writes at its own end, in the heads' one order, and what is for now.

    What is of a partition is written now where the outer door is not of that tenant: only here is
    the partition's wall open, and a release shuts it before the outer door ends. So is what is of
    the control plane where the outer door is another tenant's, which may not write there.
    """
    if outer is None:
        return [], list(inner.entries)
    later: list[AuditEntry] = []
    now: list[AuditEntry] = []
    same = outer.writing and outer.tenant_id == inner.tenant_id
    platforms = outer.tenant_id is None
    for entry in inner.entries:
        waits = same or (platforms and entry.chain == CONTROL_PLANE)
        (later if waits else now).append(entry)
    return later, now


def lock_tenant_for_release(tenant_id: str, *, timeout_ms: int = 10_000) -> None:
    """Waits until no writer of the tenant is in mid-work; Refused after the timeout."""
    connection = connections[door.current_alias()]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {int(timeout_ms)}")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(app.tenant_lock(%s))", [tenant_id])
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == "55P03":
                raise Refused(f"{tenant_id} is being written to: try again in a moment.") from error
            raise
        cursor.execute("SET LOCAL lock_timeout = 0")
