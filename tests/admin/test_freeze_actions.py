"""Freezes in both admins: read, and ended by the operation."""

import pytest

from apps.core.access import Role
from apps.freezes.models import Freeze
from apps.people.models import Person
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

SITES = {"tenant": partition_site("acme", "pool"), "platform": "/platform/admin/"}


def _chosen(freeze: object) -> dict[str, object]:
    return {
        "action": "end", "_selected_action": [str(freeze)], "confirmed": "1",
        "reason": "over", "confirm": "prod",
    }  # fmt: skip


def _people(world: World, site: str) -> Person:
    if site == "tenant":
        return world.acme.people[Role.TENANT_ADMIN]
    return world.platform[Role.PLATFORM_ADMIN]


def _standing(world: World) -> dict[str, str]:
    wanted = {**world.acme.freezes, "theirs": world.globex.freezes["own"]}
    with on_platform(world):
        return {name: Freeze.objects.get(id=found).status for name, found in wanted.items()}


@pytest.mark.parametrize(("site", "own"), [("tenant", "own"), ("platform", "platform")])
def test_an_admin_ends_what_is_theirs_and_nothing_else(
    world: World, sign_in: SignIn, site: str, own: str
) -> None:
    browser, path = sign_in(_people(world, site)), list_path(Freeze, SITES[site])
    before = dict.fromkeys(("own", "platform", "theirs"), "Standing")
    others = {**world.acme.freezes, "theirs": world.globex.freezes["own"]}
    mine = others.pop(own)
    for other in others.values():
        browser.post(path, _chosen(other))
    assert _standing(world) == before
    browser.post(path, _chosen(mine))
    assert _standing(world) == {**before, own: "Ended"}


def test_who_may_not_is_offered_none(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    path = list_path(Freeze, SITES["tenant"])
    page = browser.get(path)
    assert "a far year" in words(page)
    assert '<option value="end">' not in page.content.decode()
    browser.post(path, _chosen(world.acme.freezes["own"]))
    assert _standing(world)["own"] == "Standing"
