"""A tenant's overview: a frame whose panels are pages of their own."""

import pytest

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.world import World


@pytest.mark.parametrize("panel", ["waiting", "changes", "grid"])
def test_each_panel_comes_by_itself_and_is_a_link_without_javascript(
    world: World, sign_in: SignIn, panel: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    home = browser.get("/t/acme/").content.decode()
    assert f'hx-get="/t/acme/{panel}/"' in home
    assert f'href="/t/acme/{panel}/"' in home
    part = browser.get(
        f"/t/acme/{panel}/", headers={"HX-Request": "true", "HX-Target": panel}
    ).content.decode()
    assert part.strip().startswith("<section")
    assert part.count(f'id="{panel}"') == 1
    assert "<html" in browser.get(f"/t/acme/{panel}/").content.decode()
