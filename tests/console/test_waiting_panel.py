"""What waits for somebody, of every partition."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.deployments.operations import fail_deployment, request_deployment
from apps.drift_findings.operations import create_ignore_rule
from apps.quotas.queries import Use
from apps.retention.exceptions import request_exception
from apps.tenant_bindings.operations import change_quota
from tests.console.bodies import links, words
from tests.console.people import as_admin
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform
from tests.drift_findings.seen import in_days, look
from tests.world import World


def waiting(world: World, sign_in: SignIn) -> Any:
    return sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/waiting/").context["waiting"]


def test_what_runs_and_what_failed_stand_there_newest_first(world: World, sign_in: SignIn) -> None:
    before = waiting(world, sign_in)
    assert before.unfinished == before.failed == []
    for model in ("silo", "shared"):
        with inside(world.acme, model):
            request_deployment(release_ref=f"runs in {model}", gate="external")
    with inside(world.acme, "pool"):
        broken = request_deployment(release_ref="broke", gate="external")
        fail_deployment(broken.id, reason="it broke")
    found = waiting(world, sign_in)
    assert [d.release_ref for d in found.unfinished] == ["runs in shared", "runs in silo"]
    assert [d.release_ref for d in found.failed] == ["broke"]


def test_findings_that_a_rule_hides_do_not_wait(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "pool"):
        look(stray=("registry.test/stray:1", 1))
    assert "stray" in [row.module_id for row in waiting(world, sign_in).findings]
    with inside(world.acme, "pool"):
        create_ignore_rule(module_id="stray", reason="an example", expires_at=in_days(30))
    assert "stray" not in [row.module_id for row in waiting(world, sign_in).findings]


def test_what_waits_for_the_neighbour_does_not_show(world: World, sign_in: SignIn) -> None:
    with inside(world.globex, "shared"):
        request_deployment(release_ref="theirs", gate="external")
    assert waiting(world, sign_in).unfinished == []


def test_a_quota_near_its_end_waits_and_leads_to_its_environment(
    world: World, sign_in: SignIn
) -> None:
    """Acme runs 5 replicas in each environment, and as many are promised."""
    for model, limit in (("silo", 6), ("pool", 5), ("shared", 3)):
        with on_platform(world):
            change_quota(world.acme.bindings[model], quota={"computeReplicas": limit})
    found = waiting(world, sign_in)
    percents = [(binding.isolation_model, use.percent) for binding, use in found.quotas]
    assert percents == [("shared", 166), ("pool", 100)]
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/waiting/")
    assert f"/t/acme/environments/{world.acme.environments['pool']}/" in links(page)
    assert "quota of computeReplicas" in words(page)


def test_a_neighbours_quota_is_not_mine(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        change_quota(world.globex.bindings["shared"], quota={"computeReplicas": 1})
        change_quota(world.acme.bindings["shared"], quota={"computeReplicas": 500})
    assert waiting(world, sign_in).quotas == []


def test_an_exception_that_was_asked_for_waits_for_who_may_see_it(
    world: World, sign_in: SignIn
) -> None:
    with as_admin(world.acme):
        request_exception(
            data_class="health-result", reason="an example", legal_basis="an example",
            lapses_at=in_days(30),
        )  # fmt: skip
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert "exception for health-result" in words(browser.get("/t/acme/waiting/"))
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/waiting/")
    assert "exception" not in words(viewer)


@pytest.mark.parametrize(
    ("used", "promised", "limit", "percent", "drawn"),
    [
        (5, 8, 10, 80, {"used": 500, "promised": 300}),
        (5, 5, 10, 50, {"used": 500, "promised": 0}),
        (15, 20, 10, 200, {"used": 750, "promised": 250}),
        (0, 0, 0, 0, {"used": 0, "promised": 0}),
        (1, 1, 0, 100, {"used": 1000, "promised": 0}),
        (1, 2, None, None, None),
    ],
)
def test_a_use_is_drawn_as_parts_of_its_limit(
    used: int, promised: int, limit: int | None, percent: int | None, drawn: Any
) -> None:
    use = Use("computeReplicas", "replicas", used, promised, limit)
    assert (use.percent, use.drawn) == (percent, drawn)
