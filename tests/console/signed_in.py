"""Browsers of the test client. Each conftest of a folder of pages imports `sign_in`."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.core.access import TENANT_ROLES
from apps.people.models import Person
from tests.world import World

SignIn = Callable[[Person | None], Client]
# Everybody who has no place on the platform's pages.
VISITOR_ROLES = (None, "stranger", *TENANT_ROLES)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def sign_in(rolled_back: None) -> SignIn:
    """A browser of that person, in the transaction that is rolled back; None: of nobody."""
    return browser_of


def browser_of(person: Person | None) -> Client:
    """A 500 is an answer here, as it is for people, and not an exception."""
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person, backend=BACKEND)
    return client


def visitor(world: World, name: str | None) -> Person | None:
    """A role of acme's or of the platform's people, the stranger, or nobody."""
    if name is None:
        return None
    if name == "stranger":
        return world.stranger
    everybody = {**world.acme.people, **world.platform}
    return next(person for role, person in everybody.items() if role == name)
