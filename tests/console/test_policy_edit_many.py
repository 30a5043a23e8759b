"""Many policies at once: each field left as it is unless told, a preview, all or nothing."""

from typing import Any

from apps.core.access import Role
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.quotas.limited import set_quota
from tests.world import World


def path_of(world: World) -> str:
    return f"/t/acme/environments/{world.acme.environments['pool']}/scaling/edit/"


def keys(world: World) -> list[str]:
    return [str(key) for key in world.acme.services["pool"].values()]


def bounds(world: World) -> dict[str, Bounds]:
    with inside(world.acme, "pool", writing=False):
        rows = ScalingPolicy.objects.filter(
            environment_id=world.acme.environments["pool"]
        ).select_related("service")
        return {row.service.module_id: bounds_of(row) for row in rows}


def typed(world: World, **more: Any) -> dict[str, Any]:
    return {
        "service": keys(world), "chosen": "2", "reason": "sale", "confirm": "pool of acme", **more,
    }  # fmt: skip


def test_what_is_told_is_previewed_and_the_rest_is_left(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.get(path_of(world), {"service": keys(world), "max_replicas": "5"})
    text = words(page)
    assert "cart cpu 2 2 → 5 80 %" in text
    assert "web cpu 3 3 → 5 80 %" in text
    assert "5 replicas are promised here, it would be 10; the quota is unlimited." in text
    assert values(page)["max_replicas"] == "5"
    assert bounds(world)["cart"] == Bounds.fixed(2)


def test_applied_it_is_one_change_for_all(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(path_of(world), typed(world, max_replicas="5", metric="memory"))
    assert page.status_code == 200
    assert "2 of 2 changed" in words(page)
    assert bounds(world) == {"cart": Bounds("memory", 2, 5), "web": Bounds("memory", 3, 5)}


def test_if_one_cannot_be_so_nothing_is_done_and_each_refusal_stands_there(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(path_of(world), typed(world, max_replicas="2"))
    assert page.status_code == 422
    assert "maxReplicas must not be below minReplicas" in words(page)
    assert bounds(world) == {"cart": Bounds.fixed(2), "web": Bounds.fixed(3)}


def test_all_of_them_together_stay_within_the_quota(world: World, sign_in: SignIn) -> None:
    set_quota(world, world.acme.environments["pool"], {"computeReplicas": 9})
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(path_of(world), typed(world, max_replicas="5"))
    assert page.status_code == 422
    assert "10 replicas would be promised; the quota allows 9" in errors(page)[""]
    assert bounds(world)["cart"] == Bounds.fixed(2)


def test_nothing_told_nobody_ticked_or_a_moved_selection_asks_again(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for wrong in (
        typed(world),
        typed(world, max_replicas="5", service=[]),
        typed(world, max_replicas="5", chosen="3"),
        typed(world, max_replicas="5", confirm="prod"),
        typed(world, max_replicas="5", reason=""),
        typed(world, max_replicas="many"),
        typed(world, max_replicas="5", service=["x"]),
    ):
        assert browser.post(path_of(world), wrong).status_code == 422
    assert bounds(world)["cart"] == Bounds.fixed(2)


def test_a_neighbours_policy_cannot_be_ticked(world: World, sign_in: SignIn) -> None:
    theirs = str(world.globex.services["pool"]["cart"])
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(
        path_of(world), {"service": [theirs], "max_replicas": "9"}
    )
    assert "Nothing is ticked" in words(page)
