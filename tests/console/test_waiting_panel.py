"""What waits for somebody, of every partition."""

from typing import Any

from apps.core.access import Role
from apps.deployments.operations import fail_deployment, request_deployment
from apps.drift_findings.operations import create_ignore_rule
from tests.console.signed_in import SignIn
from tests.core.doors import inside
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
