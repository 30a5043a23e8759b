"""Changing a quota: all three limits, with a reason, typed for production."""

import pytest

from apps.core.access import Role
from apps.quotas.queries import replicas
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.release import release_binding
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import inside, on_platform
from tests.platform.forms import errors, values
from tests.world import World

GIVEN = {
    "compute_replicas": "40", "storage_gib": "0", "throughput_rps": "", "reason": "they grow",
    "confirm": "acme",
}  # fmt: skip


def path_of(world: World) -> str:
    return f"/platform/bindings/{world.acme.bindings['pool']}/quota/"


def quota(world: World) -> dict[str, int]:
    with on_platform(world):
        return RuntimeTenantBinding.objects.get(id=world.acme.bindings["pool"]).quota


def use_of(world: World) -> tuple[int, int]:
    environment = world.acme.environments["pool"]
    with inside(world.acme, environment_id=environment):
        return replicas(environment)


def test_a_platform_admin_changes_it_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(path_of(world), GIVEN).status_code == 302
    assert quota(world) == {"computeReplicas": 40, "storageGiB": 0}
    [entry] = entries(world, "binding.quota_changed", "acme")
    assert (entry.before, entry.reason) == ({}, "they grow")
    assert values(browser.get(path_of(world)))["compute_replicas"] == "40"


def test_who_lowers_it_below_what_is_used_is_told_what_is_over(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    lowered = {**GIVEN, "compute_replicas": "1"}
    page = words(browser.post(path_of(world), lowered, follow=True))
    used, promised = use_of(world)
    assert f"computeReplicas {used} used, {promised} promised, 1 allowed" in page
    assert "storageGiB" in page
    assert "Over it" not in words(
        browser.post(path_of(world), {**GIVEN, "storage_gib": ""}, follow=True)
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"compute_replicas": "-1"}, "compute_replicas"), ({"storage_gib": "many"}, "storage_gib"),
     ({"throughput_rps": "9999999999"}, "throughput_rps"), ({"reason": " "}, "reason"),
     ({"confirm": "globex"}, "confirm")],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_nothing_changes(
    world: World, sign_in: SignIn, wrong: dict[str, str], field: str
) -> None:
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path_of(world), {**GIVEN, **wrong})
    assert answer.status_code == 422
    assert field in errors(answer)
    assert quota(world) == {}


def test_a_released_one_has_none_to_change(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    detail = path_of(world).removesuffix("quota/")
    assert path_of(world) in links(browser.get(detail))
    with on_platform(world):
        release_binding(world.acme.bindings["pool"])
    assert browser.post(path_of(world), GIVEN).status_code == 422
    assert path_of(world) not in links(browser.get(detail))
