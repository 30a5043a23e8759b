"""One policy, edited: within its bounds and within the quota."""

import pytest

from apps.core.access import Role
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import bounds_of
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.quotas.limited import set_quota
from tests.world import World

NAME = "scaling_policies:policy_edit"
TYPED = {
    "metric": "requests", "min_replicas": "1", "max_replicas": "6",
    "target_utilization_percent": "70", "reason": "sale", "confirm": "prod",
}  # fmt: skip


def test_an_operator_changes_it_and_the_same_again_says_so(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    began = values(browser.get(things.path(NAME)))
    assert (began["metric"], began["min_replicas"], began["max_replicas"]) == ("cpu", "2", "2")
    answer = browser.post(things.path(NAME), TYPED)
    assert answer.status_code == 302
    assert "cart is scaled." in words(browser.get(answer["Location"]))
    with inside(world.acme, "silo", writing=False):
        bounds = bounds_of(ScalingPolicy.objects.get(service_id=things.service))
    assert vars(bounds) == {
        "metric": "requests", "min_replicas": 1, "max_replicas": 6,
        "target_utilization_percent": 70,
    }  # fmt: skip
    answer = browser.post(things.path(NAME), TYPED)
    assert "Nothing has changed." in words(browser.get(answer["Location"]))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"metric": "hope"}, "metric"),
        ({"min_replicas": "-1"}, "min_replicas"),
        ({"max_replicas": "0"}, "max_replicas"),
        ({"max_replicas": "3000000000"}, "max_replicas"),
        ({"target_utilization_percent": "101"}, "target_utilization_percent"),
        ({"confirm": ""}, "confirm"),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field(
    world: World, sign_in: SignIn, change: dict[str, str], wrong: str
) -> None:
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        things_of(world.acme).path(NAME), TYPED | change
    )
    assert (page.status_code, set(errors(page))) == (422, {wrong, ""})


def test_more_than_the_quota_is_not_promised(world: World, sign_in: SignIn) -> None:
    set_quota(world, world.acme.environments["silo"], {"computeReplicas": 8})
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        things_of(world.acme).path(NAME), TYPED
    )
    assert page.status_code == 422
    assert errors(page)["max_replicas"] == (
        "9 replicas would be promised; the quota allows 8, 3 are free"
    )
