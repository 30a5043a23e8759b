"""Ways in for the tests: as a login, as the people of the world, in an environment of their own."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connections, transaction

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.door import Door
from apps.core.ids import uuid7
from apps.environments.operations import create_environment
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import activate_binding, request_binding
from tests.world import OPERATOR, TestTenant, World, person_actor


@contextlib.contextmanager
def rolled_back_as(alias: str) -> Iterator[None]:
    """A transaction of one login, rolled back."""
    try:
        with door.using(alias), transaction.atomic(using=alias):
            yield
            transaction.set_rollback(True, using=alias)
    finally:
        connections[alias].close()


def _actor(person: Any) -> Actor:
    return OPERATOR if door.current_alias() == "owner" else person_actor(person)


@contextlib.contextmanager
def on_platform(world: World, role: Role = Role.PLATFORM_ADMIN) -> Iterator[Door]:
    with enter_platform(actor=_actor(world.platform[role])) as entered:
        yield entered


@contextlib.contextmanager
def inside(
    tenant: TestTenant,
    model: str = "pool",
    *,
    environment_id: UUID | None = None,
    role: Role = Role.TENANT_OPERATOR,
    writing: bool = True,
) -> Iterator[Door]:
    with enter_tenant(
        tenant.slug,
        actor=_actor(tenant.people[role]),
        environment_id=environment_id or tenant.environments[model],
        writing=writing,
    ) as entered:
        yield entered


def new_environment(world: World, model: str = "pool") -> UUID:
    """Provisioned, with an Active binding of acme and nothing in it. From outside any door."""
    with on_platform(world):
        environment = requested_environment(model)
        binding = request_binding(tenant_id=world.acme.slug, environment_id=environment, quota={})
        activate_binding(binding.id)
    return environment


def requested_environment(model: str = "pool", **fields: Any) -> UUID:
    """A Provisioned one of the platform, with a name of its own, bound to nobody."""
    wanted = {
        "tenant_id": "platform",
        "project_id": "shop",
        "name": f"env {uuid7()}",
        "stage": "prod",
        "region": "westeurope",
        "isolation_model": model,
    }
    return create_environment(**{**wanted, **fields}).id


@contextlib.contextmanager
def in_new_environment(world: World, model: str = "pool") -> Iterator[Door]:
    environment = new_environment(world, model)
    with inside(world.acme, environment_id=environment) as entered:
        yield entered


def run(statement: str, parameters: Any = None) -> list[Any]:
    """Raw SQL as the login in use; the rows, if there are any."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def sqlstate(statement: str, parameters: Any = None) -> str:
    """The SQLSTATE that the statement is refused with, empty where it is not; undone either way."""
    alias = door.current_alias()
    savepoint = transaction.savepoint(using=alias)
    try:
        run(statement, parameters)
        return ""
    except DatabaseError as error:
        assert isinstance(error.__cause__, psycopg.Error)
        return error.__cause__.sqlstate or "?"
    finally:
        transaction.savepoint_rollback(savepoint, using=alias)


def now() -> Any:
    """The transaction's time: what every clock set in it must say."""
    return run("SELECT now()")[0][0]
