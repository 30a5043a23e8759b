"""Drafting a version: begun with the published one, written as YAML or JSON."""

import json

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.world import World

NAME = "configurations:configuration_draft"


def newest(world: World) -> RuntimeConfiguration:
    with inside(world.acme, "silo", writing=False):
        here = RuntimeConfiguration.objects.filter(environment_id=world.acme.environments["silo"])
        found: RuntimeConfiguration = here.order_by("-version")[0]
    return found


def test_a_draft_begins_with_what_is_published(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        publish_configuration(draft_configuration(payload={"colour": "blue"}).id)
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert values(browser.get(path))["text"] == "colour: blue"
    as_json = values(browser.get(path + "?format=json"))
    assert (json.loads(as_json["text"].replace("&quot;", '"')), as_json["format"]) == (
        {"colour": "blue"}, "json",
    )  # fmt: skip
    typed = {"format": "yaml", "text": "# told\ncolour: green\n", "confirm": "prod"}
    answer = browser.post(path, typed)
    assert answer.status_code == 302
    made = newest(world)
    assert answer["Location"].endswith(f"/configurations/{made.id}/")
    assert (made.status, made.payload) == ("Draft", {"colour": "green"})
    assert made.created_by == "tenant-operator@acme.test"


@pytest.mark.parametrize(
    ("format", "text", "said"),
    [
        ("yaml", "a: [1\n", "line 2, column 1: it is not YAML"),
        ("json", "{", "line 1, column 2"),
        ("json", "[1]", "must be a JSON object"),
        ("yaml", "db:\n  password: hunter2\n", "payload.db.password (line 2, column 13): looks"),
        (
            "yaml",
            "a: {secretRef: kv://globex/x}",
            "payload.a (line 1, column 4): there is no vault",
        ),
    ],
)
def test_what_is_wrong_stands_beside_the_text_which_is_kept(
    world: World, sign_in: SignIn, format: str, text: str, said: str
) -> None:
    path, before = things_of(world.acme).path(NAME), newest(world).version
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        path, {"format": format, "text": text, "confirm": "prod"}
    )
    assert page.status_code == 422
    assert said in errors(page)["text"]
    assert values(page)["text"] == text.strip()
    assert newest(world).version == before


def test_a_version_of_a_neighbour_is_no_beginning(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for other in (theirs.configuration, "nonsense"):
        assert browser.get(f"{mine.path(NAME)}?from={other}").status_code == 404
