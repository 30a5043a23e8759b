"""One environment of a tenant: its binding, its placement, what runs there."""

from apps.core.access import Role
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services.operations import retire_service
from apps.tenant_bindings.operations import change_quota
from tests.console.bodies import facts
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform
from tests.world import World


def test_placement_follows_the_isolation_model(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for model, schema in (("silo", "silo_acme"), ("pool", "pool_acme"), ("shared", "shared")):
        environment = world.acme.environments[model]
        shown = facts(browser.get(f"/t/acme/environments/{environment}/"))
        network = {"silo": "", "pool": "-acme", "shared": "-shared"}[model]
        assert shown["Data"] == schema
        assert shown["Network"] == f"net-{environment}{network}"


def test_what_runs_there_is_counted_without_what_is_retired(world: World, sign_in: SignIn) -> None:
    environment = world.acme.environments["pool"]
    with inside(world.acme, "pool"):
        retire_service(world.acme.services["pool"]["web"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    shown = facts(browser.get(f"/t/acme/environments/{environment}/"))
    assert (shown["Services"], shown["Replicas"]) == ("1", "2")


def test_a_quota_is_shown_where_there_is_one(world: World, sign_in: SignIn) -> None:
    environment = world.acme.environments["silo"]
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    path = f"/t/acme/environments/{environment}/"
    assert facts(browser.get(path))["Quota"] == "unlimited"
    with on_platform(world):
        change_quota(world.acme.bindings["silo"], quota={"computeReplicas": 40})
    assert facts(browser.get(path))["Quota"] == "40 replicas"


def test_what_is_used_and_promised_of_the_quota_and_what_is_free(
    world: World, sign_in: SignIn
) -> None:
    path = f"/t/acme/environments/{world.acme.environments['silo']}/"
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert "5 replicas used" in facts(browser.get(path))["Used"]
    assert "free" not in facts(browser.get(path))["Used"]
    with inside(world.acme, "silo"):
        change_policy(world.acme.services["silo"]["web"], Bounds("cpu", 1, 7))
    with on_platform(world):
        change_quota(world.acme.bindings["silo"], quota={"computeReplicas": 40})
    assert "5 replicas used, 9 promised 31 free" in facts(browser.get(path))["Used"]
    with on_platform(world):
        change_quota(world.acme.bindings["silo"], quota={"computeReplicas": 8})
    assert "over the quota: nothing more can be promised" in facts(browser.get(path))["Used"]
