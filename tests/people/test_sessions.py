"""Sessions end with what they were for."""

from collections.abc import Callable

import pytest

from apps.core.access import Role
from apps.people.operations import end_role
from tests.console.signed_in import browser_of
from tests.people.roles import as_owner, at, membership, somebody
from tests.world import World


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


def test_with_the_last_role_all_sessions_of_a_person_end(place: World) -> None:
    slug, viewer = place.acme.slug, place.acme.people[Role.TENANT_VIEWER]
    at_work, at_home = browser_of(viewer), browser_of(viewer)
    assert at_work.get("/").status_code == at_home.get("/").status_code == 200
    with at(slug, place.acme.people[Role.TENANT_ADMIN]):
        end_role(membership(viewer, slug, Role.TENANT_VIEWER), reason="left us")
    for browser in (at_work, at_home):
        assert browser.get("/")["Location"] == "/accounts/login/?next=/"


def test_with_a_role_that_is_not_the_last_none_ends(place: World) -> None:
    slug = place.acme.slug
    both = somebody(**{slug: Role.TENANT_VIEWER, place.globex.slug: Role.TENANT_VIEWER})
    browser = browser_of(both)
    with at(slug, place.acme.people[Role.TENANT_ADMIN]):
        end_role(membership(both, slug, Role.TENANT_VIEWER), reason="left us")
    assert browser.get("/").status_code == 200
    assert browser.get(f"/t/{slug}/").status_code == 404
    assert browser.get(f"/t/{place.globex.slug}/").status_code == 200


def test_a_session_does_not_outlive_a_person_who_is_switched_off(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    browser = browser_of(viewer)
    assert browser.get("/").status_code == 200
    as_owner("UPDATE people_person SET is_active = false WHERE id = %s", [viewer.id])
    assert browser.get("/").status_code == 302


def test_a_new_session_stands_after_the_old_ones_have_ended(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    as_owner(
        "UPDATE people_person SET session_epoch = session_epoch + 1 WHERE id = %s", [viewer.id]
    )
    viewer.refresh_from_db(using="owner")
    assert browser_of(viewer).get("/").status_code == 200
