"""What the tests of governance's pages share: browsers of the two officers, what is typed."""

from typing import Any
from uuid import UUID

from django.test import Client

from apps.core.access import Role
from apps.people.models import Person
from apps.retention.models import GovernanceException, LegalHold, WindowReturn
from tests.console.places import Things, things_of
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.platform.forms import errors
from tests.retention.officers import the_second_officer
from tests.world import World


def first(world: World, sign_in: SignIn) -> tuple[Client, Things]:
    return sign_in(world.platform[Role.GOVERNANCE_OFFICER]), things_of(world.acme)


def second(sign_in: SignIn) -> Client:
    return sign_in(Person.objects.get(id=the_second_officer().id))


def hold_of(world: World, things: Things) -> LegalHold:
    return _of(world, LegalHold, things.hold)


def exception_of(world: World, things: Things) -> GovernanceException:
    return _of(world, GovernanceException, things.exception)


def return_of(world: World, things: Things) -> WindowReturn:
    return _of(world, WindowReturn, things.window_return)


def _of(world: World, model: Any, identifier: UUID) -> Any:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        return model.objects.get(id=identifier)


def refused(browser: Client, path: str, **typed: Any) -> dict[str, str]:
    """What the form says beside its fields, when it is sent so."""
    answer = browser.post(path, typed)
    assert answer.status_code == 422
    return errors(answer)
