"""One version of a configuration, with its checksum verified."""

from django.db import connections

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core.access import Role
from tests.console.bodies import facts, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "configurations:configuration_detail"
PAYLOAD = {"b": 1, "a": {"secretRef": "kv://acme/password"}, "c": "<b>é</b>"}


def published(world: World) -> RuntimeConfiguration:
    with inside(world.acme, "silo"):
        return publish_configuration(draft_configuration(payload=PAYLOAD).id)


def test_the_payload_is_shown_in_order_and_its_references_stand_out(
    world: World, sign_in: SignIn
) -> None:
    things, made = things_of(world.acme), published(world)
    path = things.path(NAME).replace(str(things.configuration), str(made.id))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path)
    text = words(page)
    assert text.index('"a"') < text.index('"b"') < text.index('"c": "<b>é</b>"')
    assert 'class="secret"' in page.content.decode()
    assert b"<b>" not in page.content


def test_the_version_before_says_that_it_was_superseded(world: World, sign_in: SignIn) -> None:
    things, _ = things_of(world.acme), published(world)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert "Superseded" in words(page)


def test_a_payload_that_was_altered_does_not_verify(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert "does not match" not in words(browser.get(things.path(NAME)))
    with inside(world.acme, "silo"):
        draft = draft_configuration(payload={"a": 1})
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "UPDATE configurations_runtimeconfiguration SET payload = '{}' WHERE id = %s",
                [draft.id],
            )
    page = browser.get(things.path(NAME).replace(str(things.configuration), str(draft.id)))
    assert "does not match" in words(page) or "altered" in words(page), facts(page)
