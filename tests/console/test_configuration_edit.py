"""Editing a draft: who comes second sees both and decides."""

from uuid import UUID

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, edit_configuration
from apps.core.access import Role
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.world import World


def drafted(world: World) -> tuple[UUID, str]:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        made = draft_configuration(payload={"colour": "blue"})
    path = things.path("configurations:configuration_edit")
    return made.id, path.replace(str(things.configuration), str(made.id))


def payload(world: World, identifier: UUID) -> object:
    with inside(world.acme, "silo", writing=False):
        return RuntimeConfiguration.objects.get(id=identifier).payload


def test_a_draft_is_edited(world: World, sign_in: SignIn) -> None:
    identifier, path = drafted(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = values(browser.get(path)) | {"text": "colour: red", "confirm": "prod"}
    assert browser.post(path, typed).status_code == 302
    assert payload(world, identifier) == {"colour": "red"}


def test_a_stale_edit_shows_both_and_asks(world: World, sign_in: SignIn) -> None:
    identifier, path = drafted(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = values(browser.get(path)) | {"text": "colour: mine", "confirm": "prod"}
    with inside(world.acme, "silo"):
        edit_configuration(identifier, payload={"colour": "theirs"})
    page = browser.post(path, typed)
    assert page.status_code == 422
    assert "has been changed since you began: nothing was saved" in errors(page)[""]
    assert "colour: theirs" in words(page)
    assert values(page)["text"] == "colour: mine"
    assert payload(world, identifier) == {"colour": "theirs"}
    # Saved again, knowing: mine replaces theirs, unless it has moved once more.
    again = values(page) | {"confirm": "prod"}
    assert browser.post(path, again).status_code == 302
    assert payload(world, identifier) == {"colour": "mine"}
    assert browser.post(path, again | {"text": "colour: late"}).status_code == 422


def test_what_is_published_does_not_change(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("configurations:configuration_edit")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "does not change: draft from it" in words(browser.get(path))
    page = browser.post(path, {"format": "yaml", "text": "a: 1", "confirm": "prod"})
    assert page.status_code == 422
    assert "no Draft" in errors(page)[""]
