"""Any two versions of one environment, by path and line by line."""

from apps.configurations.operations import draft_configuration
from apps.core.access import Role
from apps.core.ids import uuid7
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "configurations:configuration_diff"


def test_two_versions_are_laid_side_by_side(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        old = draft_configuration(payload={"colour": "blue", "size": {"width": 1}})
        new = draft_configuration(payload={"colour": "green", "size": {"height": 2}})
    path = things.path(NAME).replace(str(things.configuration), str(new.id))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    text = words(browser.get(f"{path}?with={old.id}"))
    assert 'colour changed "blue" "green"' in text
    assert "size.height added 2" in text
    assert "size.width removed 1" in text
    assert "-colour: blue" in text and "+colour: green" in text
    # The one before it, unless told.
    assert "size.width removed 1" in words(browser.get(path))
    assert "Both say the same" in words(browser.get(f"{path}?with={new.id}"))


def test_the_first_is_compared_with_nothing(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path(NAME)
    assert "Both say the same" in words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path))


def test_another_tenants_version_and_none_at_all_are_one_answer(
    world: World, sign_in: SignIn
) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for other in (theirs.configuration, uuid7(), "nonsense"):
        assert browser.get(f"{mine.path(NAME)}?with={other}").status_code == 404
