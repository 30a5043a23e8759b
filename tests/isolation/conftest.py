"""Raw connections as each login; what they did is rolled back."""

from collections.abc import Iterator

import pytest

from tests.isolation.logins import Connection, connect, superuser
from tests.isolation.tenants import make_environment, make_tenant
from tests.world import TestTenant, World


@pytest.fixture
def psql(world: World) -> Iterator[Connection]:
    """psql as the runtime role, in one transaction that is rolled back."""
    with connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(world: World) -> Iterator[Connection]:
    """The owner, in one transaction that is rolled back."""
    with connect("owner") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def mighty(world: World) -> Iterator[Connection]:
    """The server's superuser, in one transaction that is rolled back."""
    with superuser() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def model() -> str:
    """The isolation model; tests that go through all three parametrize it."""
    return "shared"


@pytest.fixture
def tenant(model: str, committed: None) -> TestTenant:
    """A tenant of the test's own, bound in that model, whose binding it may change."""
    return make_tenant("acme", {model: make_environment(model)})
