"""One's own time zone, and times shown in it."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/accounts/time-zone/"


def test_times_are_shown_in_it_and_in_utc_before(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = things_of(world.acme).path("services:service_detail")
    assert ' UTC">' in browser.get(page).content.decode()
    assert browser.post(PATH, {"time_zone": "Asia/Tokyo"}).status_code == 302
    text = browser.get(page).content.decode()
    assert ' JST">' in text
    assert ' UTC">' not in text
    # The machine-readable one stays as it was.
    assert '+00:00"' in text
    other = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(page).content.decode()
    assert ' UTC">' in other


def test_what_is_no_zone_is_refused(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for zone in ("", "Mars/Olympus", "../../etc/passwd", "\x00"):
        assert browser.post(PATH, {"time_zone": zone}).status_code == 422


def test_the_account_menu_leads_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert f'href="{PATH}"' in browser.get("/platform/").content.decode()
    assert sign_in(None).get(PATH).status_code == 302
