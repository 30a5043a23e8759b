"""Entering a tenant from the platform's page of it."""

from apps.core.access import Role
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World

PATH = "/platform/tenants/acme/enter/"


def test_a_platform_admin_says_why_and_is_inside_with_a_banner(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert PATH in links(browser.get("/platform/tenants/acme/"))
    assert browser.get("/t/acme/").status_code == 404
    answer = browser.post(PATH, {"reason": "ticket 7 of acme", "minutes": "15"})
    assert (answer.status_code, answer["Location"]) == (302, "/t/acme/")
    for path in ("/t/acme/", "/t/acme/services/", "/t/acme/people/"):
        text = words(browser.get(path))
        assert "You are visiting Acme as tenant-viewer until" in text
        assert "ticket 7 of acme" in text
    [entry] = entries(world, "visit.started", "acme")
    assert (entry.actor_label, entry.reason) == (
        "platform-admin@acme.test", "ticket 7 of acme",
    )  # fmt: skip
    assert browser.post("/t/acme/people/invite/", {}).status_code == 403
    assert browser.get("/t/globex/").status_code == 404


def test_who_belongs_there_sees_no_banner(world: World, sign_in: SignIn) -> None:
    sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, {"reason": "x", "minutes": "5"})
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/")
    assert "You are visiting" not in words(page)


def test_what_is_wrong_stands_beside_its_field(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for typed, wrong in (
        ({"reason": "", "minutes": "5"}, "reason"),
        ({"reason": "x", "minutes": "61"}, "minutes"),
        ({"reason": "x", "minutes": "0"}, "minutes"),
    ):
        page = browser.post(PATH, typed)
        assert page.status_code == 422
        assert set(errors(page)) == {wrong, ""}
    assert browser.get("/t/acme/").status_code == 404
    for slug in ("platform", "nobody"):
        assert browser.get(f"/platform/tenants/{slug}/enter/").status_code == 404
