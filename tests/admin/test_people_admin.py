"""People in both admins: read there, and written by operations alone."""

import pytest

from apps.core.access import Role
from apps.people.models import ApiClient, Invitation, Membership, Person, Visit
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.world import World

SITE = partition_site("acme", "silo")
OF_THE_TENANT = (Person, Membership, Invitation, Visit, ApiClient)


def chosen(action: str, key: object) -> dict[str, object]:
    return {
        "action": action, "_selected_action": [str(key)], "confirmed": "1", "reason": "because",
    }  # fmt: skip


@pytest.mark.parametrize("model", OF_THE_TENANT)
def test_a_tenants_admin_shows_its_own_alone(world: World, sign_in: SignIn, model: type) -> None:
    things_of(world.acme)
    theirs = things_of(world.globex)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(list_path(model, SITE))
    assert page.status_code == 200
    assert "globex" not in page.content.decode()
    key = {
        Person: theirs.person, Membership: theirs.membership, Visit: theirs.visit,
        Invitation: theirs.invitation, ApiClient: theirs.client,
    }[model]  # fmt: skip
    assert browser.get(f"{list_path(model, SITE)}{key}/change/").status_code == 302


@pytest.mark.parametrize(
    ("model", "thing", "action", "told"),
    [
        (Membership, "membership", "end", "membership.ended"),
        (Invitation, "invitation", "revoke", "invitation.revoked"),
        (ApiClient, "client", "revoke", "api_client.revoked"),
        (Person, "person", "erase", "person.erased"),
    ],
)
def test_its_verbs_are_the_operations(
    world: World, sign_in: SignIn, model: type, thing: str, action: str, told: str
) -> None:
    key = getattr(things_of(world.acme), thing)
    path = list_path(model, SITE)
    sign_in(world.acme.people[Role.TENANT_VIEWER]).post(path, chosen(action, key))
    assert entries(world, told, "acme") == []
    answer = sign_in(world.acme.people[Role.TENANT_ADMIN]).post(
        path, chosen(action, key), follow=True
    )
    assert answer.status_code == 200
    [entry] = entries(world, told, "acme")
    assert (entry.object_id, entry.reason) == (str(key), "because")


def test_the_platforms_admin_ends_and_revokes_there_and_no_tenants_roles(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = list_path(Membership)
    answer = browser.post(path, chosen("end", things.membership), follow=True)
    assert "There is no such role here" in words(answer)
    browser.post(path, chosen("end", things.role), follow=True)
    [entry] = entries(world, "membership.ended", "platform")
    assert entry.object_id == str(things.role)
    browser.post(list_path(ApiClient), chosen("revoke", things.client), follow=True)
    assert entries(world, "api_client.revoked", "acme") == []


def test_search_and_filters_find(world: World, sign_in: SignIn) -> None:
    things_of(world.acme)
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    for model, query, expected in (
        (Invitation, {"q": "helper@"}, "helper@people.test"),
        (Invitation, {"status__exact": "Pending"}, "guest@people.test"),
        (Membership, {"ended_at__isempty": "1"}, "tenant-viewer of acme"),
        (ApiClient, {"revoked_at__isempty": "1"}, "ci"),
        (Visit, {"ended_at__isempty": "0"}, "a look round"),
    ):
        assert expected in words(browser.get(list_path(model), query)), (model, query)
