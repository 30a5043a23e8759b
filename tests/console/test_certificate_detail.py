"""A certificate as people read and print it."""

import pytest

from apps.core.access import Role
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "retention:certificate_detail"


def test_it_shows_what_was_signed(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(things.path(NAME))
    body = page.context["body"]
    told = facts(page)
    assert told["Tenant"] == "acme"
    assert told["Merkle root"] == body["leaves"]["root"]
    assert told["Rows"] == "1, and those of whole days below"
    assert told["Signature"] == page.context["certificate"].signature
    assert "platform version 1" in words(page)
    (day,) = body["days"]
    assert "Days that went whole" in words(page)
    assert {"2019-01-01T00:00:00Z", day["environmentId"]} <= set(words(page).split())
    assert things.path("retention:certificate_export") in links(page)


def test_it_says_whether_it_covers_a_row(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    page = browser.get(things.path(NAME), {"row": str(things.row)})
    assert things.path("retention:certificate_proof") in links(page)
    assert facts(page)["Digest"] == "d" * 64
    for other in (things.service, world.globex.disposed["row"]):
        page = browser.get(things.path(NAME), {"row": str(other)})
        assert "covers no row of that id" in words(page)
    assert browser.get(things.path(NAME), {"row": "'; DROP TABLE"}).status_code == 422


@pytest.mark.parametrize("page", ["detail", "export", "proof"])
def test_another_tenants_is_not_found_whoever_asks(
    world: World, sign_in: SignIn, page: str
) -> None:
    things = things_of(world.acme)
    path = things.path(f"retention:certificate_{page}")
    theirs = path.replace(str(things.certificate), str(world.globex.disposed["certificate"]))
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert browser.get(path).status_code == 200
    assert browser.get(theirs).status_code == 404
    assert sign_in(world.stranger).get(path.replace("/t/acme/", "/t/globex/")).status_code == 404
    assert sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path).status_code == 403
    assert browser.post(path).status_code in (403, 405)
