"""One box for the fleet: tenants, environments and bindings, and no tenant's rows."""

import pytest

from apps.core.access import Role
from tests.console.bodies import row_names
from tests.console.signed_in import SignIn
from tests.console.test_search_results import HOSTILE
from tests.core.doors import on_platform, requested_environment
from tests.world import World

PATH = "/platform/search/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("glob", "Globex"), ("GLOBEX", "Globex"), ("shared of", "shared of acme"),
     ("shop", "pool of acme"), ("acme", "acme in prod"), ("treasury", "vault")],
)  # fmt: skip
def test_slug_name_and_project_find_by_their_beginning(
    world: World, sign_in: SignIn, text: str, expected: str
) -> None:
    with on_platform(world):
        requested_environment(name="vault", project_id="treasury")
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH, {"q": text})
    assert expected in row_names(page)


def test_no_row_of_a_tenant_is_found(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for text in ("cart", "registry", "web"):
        assert row_names(browser.get(PATH, {"q": text})) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_typed_is_answered(world: World, sign_in: SignIn, text: str) -> None:
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH, {"q": text})
    assert page.status_code == 200
    assert row_names(page) == []


def test_the_box_of_the_platform_leads_here(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get("/platform/")
    assert f'action="{PATH}"' in page.content.decode()
