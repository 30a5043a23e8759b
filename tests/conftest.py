"""The database of the tests: made and cleaned by the owner, used by all three logins.

A test that stays within one login takes `rolled_back` (nothing is left). A test across logins
takes `committed`: it commits, so it makes tenants of its own (`fresh`) and leaves them behind.
`world` is made once a session and never changed by a test that commits.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction

from tests.world import World, make_world

ALIASES = ("default", "owner", "steward")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """An empty database of this worker's own with the control plane and the partition `shared`."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name = f"test_portal_{worker}"
    with django_db_blocker.unblock():
        _in_maintenance(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'
        )
        for alias in ALIASES:
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        _let_in(name)
        call_command("upgrade", verbosity=0)
    yield
    with django_db_blocker.unblock():
        for alias in ALIASES:
            connections[alias].close()


@pytest.fixture(scope="session")
def world(django_db_setup: None, django_db_blocker: Any) -> World:
    """acme, and globex with look-alike rows, in all three isolation models."""
    with django_db_blocker.unblock():
        return make_world("acme", "globex")


@pytest.fixture
def rolled_back(world: World, django_db_blocker: Any) -> Iterator[None]:
    """One transaction as runtime, rolled back at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        connections["default"].close()


@pytest.fixture
def committed(world: World, django_db_blocker: Any) -> Iterator[None]:
    """What the test does stays."""
    with django_db_blocker.unblock():
        yield
        for alias in ALIASES:
            connections[alias].close()


@pytest.fixture
def fresh(committed: None) -> Callable[[], World]:
    """Makes two tenants that no other test knows."""
    counter = iter(range(100))

    def make() -> World:
        suffix = f"{_unique()}{next(counter)}"
        return make_world(f"acme-{suffix}", f"globex-{suffix}")

    return make


COMMITTING = ("committed", "fresh", "site")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What commits comes last, so that whoever counts rows does not meet what it left behind."""
    items.sort(key=lambda item: any(n in COMMITTING for n in getattr(item, "fixturenames", ())))


def _unique() -> str:
    from apps.core.ids import uuid7

    return uuid7().hex[-10:]


def _in_maintenance(*statements: str) -> None:
    """As owner, in the database that the tests were given, outside a transaction."""
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _let_in(name: str) -> None:
    roles = settings.DATABASE_ROLES
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        for role in (roles["runtime"], roles["steward"]):
            cursor.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{role}"')
