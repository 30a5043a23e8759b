from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.core.door import Door
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.marks import clear_bad, mark_bad
from apps.deployments.models import DeploymentProduct, RuntimeDeployment
from apps.deployments.operations import fail_deployment, request_deployment, steps_of
from apps.deployments.rollback import roll_back
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.services.operations import change_service, live_services, retire_service
from tests.core.doors import in_new_environment, inside, run
from tests.deployments.stories import release, running
from tests.world import World

FIRST = {"api": ("1.0", 2), "worker": ("1.0", 1)}
SECOND = {"api": ("2.0", 3), "mail": ("2.0", 1)}


@dataclass
class Story:
    """r1 with a service that r2 drops; r2 with one that r1 has not."""

    entered: Door
    first: RuntimeDeployment
    second: RuntimeDeployment


@pytest.fixture
def story(world: World, rolled_back: None) -> Iterator[Story]:
    with in_new_environment(world) as entered:
        first = release("r1", FIRST, {"limit": 10, "mail": False})
        second = release("r2", SECOND, {"limit": 20, "mail": True})
        entered.entries.clear()
        yield Story(entered, first, second)


def back(story: Story, **more: str) -> RuntimeDeployment:
    return roll_back(deployment_id=story.second.id, to=story.first.id, reason="orders fail", **more)


def test_it_is_a_new_deployment_that_says_what_it_undoes_and_returns_to(story: Story) -> None:
    made = back(story, gate="external")
    assert made.id not in (story.first.id, story.second.id)
    assert (made.release_ref, made.status, made.reason) == ("r1", "Completed", "orders fail")
    assert made.undoes_deployment_id == story.second.id
    assert made.undoes_release_ref == "r2"
    assert made.returns_to_deployment_id == story.first.id
    assert made.previous_deployment_id == story.second.id
    assert made.requested_by == story.entered.actor.label
    assert made.is_held
    requested = [e for e in story.entered.entries if e.action == "deployment.requested"]
    assert [e.reason for e in requested] == ["orders fail"]


def test_the_payload_of_then_is_a_new_version_with_the_same_checksum(story: Story) -> None:
    made = back(story)
    then, now = story.first.configuration, made.configuration
    assert (now.version, now.checksum, now.payload) == (3, then.checksum, then.payload)
    found = RuntimeConfiguration.objects.filter(environment_id=made.environment_id)
    assert [(c.version, c.status) for c in found.order_by("version")] == [
        (1, "Superseded"), (2, "Superseded"), (3, "Published"),
    ]  # fmt: skip


def test_services_are_as_they_were(story: Story) -> None:
    made = back(story, gate="external")
    assert running() == FIRST
    assert {s.status for s in live_services().values()} == {"Running"}
    changes = dict(
        DeploymentProduct.objects.filter(deployment=made).values_list("module_id", "change")
    )
    assert changes == {"api": "updated", "worker": "created", "mail": "retired"}


def test_history_is_not_rewritten(story: Story) -> None:
    def past() -> list[object]:
        rows = "SELECT to_jsonb(t) FROM {} t WHERE {} ORDER BY id"
        ids = f"('{story.first.id}', '{story.second.id}')"
        return [
            run(rows.format("deployments_runtimedeployment", f"id IN {ids}")),
            run(rows.format("deployments_deploymentproduct", f"deployment_id IN {ids}")),
            run(rows.format("deployments_deploymentstep", f"deployment_id IN {ids}")),
        ]

    before = past()
    back(story, gate="external")
    assert past() == before


def test_what_had_gone_is_made_again_as_it_was(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        first = release("r1", FIRST)
        policy = ScalingPolicy.objects.get(service__module_id="worker")
        ScalingPolicy.objects.filter(id=policy.id).update(max_replicas=9)
        change_service(
            live_services()["worker"].id, component_type="queue", endpoint_url="https://w.test"
        )
        was = release("r2", FIRST)
        second = release("r3", {"api": ("2.0", 2)})
        assert first.id < was.id
        roll_back(deployment_id=second.id, to=was.id, reason="x")
        worker = live_services()["worker"]
        assert (worker.component_type, worker.endpoint_url) == ("other", "")  # as r2 made it
        bounds = ScalingPolicy.objects.get(service=worker)
        assert (bounds.min_replicas, bounds.max_replicas) == (1, 9)


def test_the_bounds_of_a_policy_admit_the_replicas_of_then(story: Story) -> None:
    ScalingPolicy.objects.filter(service__module_id="api").update(min_replicas=3, max_replicas=5)
    back(story)
    bounds = ScalingPolicy.objects.get(service=live_services()["api"])
    assert (bounds.min_replicas, bounds.max_replicas) == (2, 5)


def test_by_default_it_waits_at_the_health_gate(story: Story) -> None:
    made = back(story)
    assert (made.status, made.gate, made.is_held) == ("HealthGating", "health", False)
    assert {step.status for step in steps_of(made)} == {"Succeeded"}
    assert running() == FIRST
    with pytest.raises(Refused, match="not finished"):
        request_deployment(release_ref="r3")


def test_changes_by_hand_before_the_target_are_part_of_it(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        release("r1", FIRST)
        by_hand = change_service(live_services()["api"].id, replicas=6).deployment
        later = release("r2", SECOND)
        roll_back(deployment_id=later.id, to=by_hand.id, reason="x", gate="external")
        assert running() == {"api": ("1.0", 6), "worker": ("1.0", 1)}


def test_what_failed_half_way_counts_as_what_it_did(world: World, rolled_back: None) -> None:
    """A failed deployment's products are what stands there until the next one."""
    from apps.services.operations import ServiceSpec, apply_release

    with in_new_environment(world):
        release("r1", FIRST)
        failed = request_deployment(release_ref="r2")
        apply_release(failed, [ServiceSpec("api", "registry.test/api:2", "2", 2)], retire_missing=False)  # noqa: E501  # fmt: skip
        fail_deployment(failed.id, reason="no room")
        third = change_service(live_services()["worker"].id, replicas=2).deployment
        fourth = release("r3", SECOND)
        roll_back(deployment_id=fourth.id, to=third.id, reason="x", gate="external")
        assert running() == {"api": ("2", 2), "worker": ("1.0", 2)}


def test_a_service_retired_after_the_target_is_made_again(story: Story) -> None:
    retire_service(live_services()["api"].id)
    back(story)
    assert running() == FIRST
    assert RuntimeService.objects.filter(module_id="api", status="Retired").exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_it_takes_a_reason(story: Story, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        roll_back(deployment_id=story.second.id, to=story.first.id, reason=reason)
    assert list(refusal.value.fields) == ["reason"]
    assert story.entered.entries == []


def _refused(story: Story, undone: object, to: object, said: str) -> None:
    before = run("SELECT count(*) FROM configurations_runtimeconfiguration")
    with pytest.raises(Refused, match=said) as refusal:
        roll_back(deployment_id=undone, to=to, reason="x")  # type: ignore[arg-type]
    assert list(refusal.value.fields) == ["returnsTo"]
    assert run("SELECT count(*) FROM configurations_runtimeconfiguration") == before
    assert story.entered.entries == []


def test_what_is_gone_is_no_target(story: Story) -> None:
    _refused(story, story.second.id, uuid7(), "its row has gone")


def test_anothers_is_answered_like_one_that_is_gone(story: Story, world: World) -> None:
    with inside(world.globex):
        theirs = request_deployment(release_ref="theirs").id
    _refused(story, story.second.id, theirs, "its row has gone")
    with pytest.raises(NotFound):
        roll_back(deployment_id=theirs, to=story.first.id, reason="x")


def test_one_of_another_environment_is_no_target(story: Story, world: World) -> None:
    service = world.acme.services["pool"]["cart"]
    with inside(world.acme, "pool", writing=False):
        other = RuntimeService.objects.get(id=service).deployment_id
    _refused(story, story.second.id, other, "its row has gone")


def test_one_that_did_not_complete_is_no_target(story: Story) -> None:
    failed = request_deployment(release_ref="r3")
    fail_deployment(failed.id, reason="no")
    last = release("r4", SECOND)
    story.entered.entries.clear()
    _refused(story, last.id, failed.id, "r3 is Failed")


def test_neither_itself_nor_a_later_one_is_a_target(story: Story) -> None:
    _refused(story, story.second.id, story.second.id, "not earlier")
    _refused(story, story.first.id, story.second.id, "not earlier")


def test_one_marked_bad_is_no_target_until_it_is_cleared(story: Story) -> None:
    mark_bad(story.first.id, reason="it lost orders")
    story.entered.entries.clear()
    _refused(story, story.second.id, story.first.id, "marked bad: it lost orders")
    clear_bad(story.first.id, reason="it was the network")
    assert back(story).release_ref == "r1"


def test_while_another_is_not_finished_it_is_refused_whole(story: Story) -> None:
    request_deployment(release_ref="r3")
    story.entered.entries.clear()
    before = run("SELECT count(*) FROM configurations_runtimeconfiguration")
    with pytest.raises(Refused, match="not finished"):
        back(story)
    assert run("SELECT count(*) FROM configurations_runtimeconfiguration") == before
    assert running() == SECOND
    assert story.entered.entries == []


def test_what_was_rolled_back_to_can_be_undone_too(story: Story) -> None:
    """The second is earlier than the rollback, so a person may return to it, by saying so."""
    made = back(story, gate="external")
    with pytest.raises(Refused, match="was undone by a rollback to r1"):
        roll_back(deployment_id=made.id, to=story.second.id, reason="it was not r2")
    again = roll_back(
        deployment_id=made.id, to=story.second.id, reason="it was not r2",
        override_hold="r2 was innocent", gate="external",
    )  # fmt: skip
    assert (again.release_ref, again.hold_override) == ("r2", "r2 was innocent")
    assert running() == SECOND
