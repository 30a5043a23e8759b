"""Callers with every scope of acme and of globex; what they do is rolled back."""

import pytest

from tests.api.caller import Caller, token_of
from tests.api.governed import govern
from tests.world import World


@pytest.fixture(scope="session")
def tokens(world: World, django_db_blocker: object) -> dict[str, str]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return {slug: token_of(slug) for slug in ("acme", "globex")}


@pytest.fixture
def acme(tokens: dict[str, str], rolled_back: None) -> Caller:
    return Caller(tokens["acme"])


@pytest.fixture
def governed(world: World, acme: Caller) -> None:
    """Either tenant has a hold and an exception; rolled back."""
    govern(world)


@pytest.fixture
def globex(tokens: dict[str, str], rolled_back: None) -> Caller:
    return Caller(tokens["globex"])
