"""A tenant's people, with what was offered to whom, and who of the platform was there."""

from apps.core.access import Role
from apps.people.visits import start_visit
from tests.console.bodies import links, words
from tests.console.people import as_admin, as_platform, invited
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/t/acme/people/"


def test_everybody_of_the_tenant_stands_there_with_their_roles_and_nobody_else(
    world: World, sign_in: SignIn
) -> None:
    things_of(world.acme)
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH))
    for role in world.acme.people:
        assert f"{role}@acme.test" in text
    assert "globex.test" not in text
    assert "guest@people.test tenant-viewer Pending" in text
    assert "helper@people.test" not in text  # the platform's
    assert "a look round tenant-viewer Ended" in text


def test_verbs_are_shown_to_who_may_alone(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    verbs = (
        f"{PATH}invite/", f"{PATH}roles/{things.membership}/end/",
        f"{PATH}{things.person}/grant/", f"{PATH}{things.person}/erase/",
        f"{PATH}invitations/{things.invitation}/revoke/",
    )  # fmt: skip
    admin = world.acme.people[Role.TENANT_ADMIN]
    shown = links(sign_in(admin).get(PATH))
    assert set(verbs) <= set(shown)
    assert f"{PATH}{admin.id}/grant/" not in shown
    assert not set(verbs) & set(links(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)))


def test_a_visit_that_is_live_can_be_raised_and_ended_from_there(
    world: World, sign_in: SignIn
) -> None:
    with as_platform(world.acme):
        visit = start_visit(tenant_id="acme", reason="ticket 7")
    page = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(PATH)
    assert "ticket 7 tenant-viewer Active" in words(page)
    for verb in ("elevate", "end"):
        assert f"{PATH}visits/{visit.id}/{verb}/" in links(page)


def test_it_is_searched_by_the_beginning_of_an_address_and_by_role(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    found = words(browser.get(PATH, {"q": "TENANT-AUD"}))
    assert "tenant-auditor@acme.test" in found
    assert "tenant-operator@acme.test" not in found
    found = words(browser.get(PATH, {"role": "tenant-operator"}))
    assert "tenant-operator@acme.test" in found
    assert "tenant-auditor@acme.test" not in found
    assert browser.get(PATH, {"role": "platform-admin"}).status_code == 422


def test_a_neighbours_invitation_is_not_among_them(world: World, sign_in: SignIn) -> None:
    with as_admin(world.globex):
        invited("globex", "secret@people.test", Role.TENANT_VIEWER)
    for role in world.acme.people:
        text = words(sign_in(world.acme.people[role]).get(PATH))
        assert "secret@people.test" not in text
