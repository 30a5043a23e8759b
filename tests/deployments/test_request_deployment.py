from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.models import UNFINISHED, RuntimeDeployment
from apps.deployments.operations import (
    advance_deployment,
    carry_to_completed,
    fail_deployment,
    request_deployment,
    start_step,
    steps_of,
)
from apps.environments.operations import decommission_environment
from apps.tenant_bindings.operations import activate_binding, request_binding
from tests.core.doors import (
    in_new_environment,
    inside,
    new_environment,
    on_platform,
    requested_environment,
    run,
    sqlstate,
)
from tests.core.machines import DEPLOYMENT
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import World


def test_the_first_deployment_of_an_environment_publishes_an_empty_version_one(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref=" r1 ")
        told = RuntimeConfiguration.objects.get(id=made.configuration_id)
        assert (told.version, told.payload, told.status) == (1, {}, "Published")
        assert (made.release_ref, made.status, made.gate) == ("r1", "Requested", "health")
        assert made.requested_by == entered.actor.label
        assert [entry.action for entry in entered.entries] == [
            "configuration.drafted", "configuration.published", "deployment.requested",
        ]  # fmt: skip


def test_a_deployment_takes_what_is_published_when_it_starts(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        told = publish_configuration(draft_configuration(payload={"n": 1}).id)
        made = request_deployment(release_ref="r1")
        publish_configuration(draft_configuration(payload={"n": 2}).id)
        assert RuntimeDeployment.objects.get(id=made.id).configuration_id == told.id


def test_its_steps_stand_in_the_order_they_were_asked_for(world: World, rolled_back: None) -> None:
    names = ["prepare", "roll out", "announce", "prepare"]
    with in_new_environment(world):
        made = request_deployment(release_ref="r1", steps=names)
        found = steps_of(made)
        assert [step.name for step in found] == names
        assert [step.position for step in found] == [1, 2, 3, 4]
        assert {step.status for step in found} == {"Pending"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        *(({"release_ref": ref}, "releaseRef") for ref in ("", "  ", "x" * 201)),
        ({"strategy": "hope"}, "strategy"),
        ({"gate": "open"}, "gate"),
        *(({"steps": steps}, "steps") for steps in ([], [""], ["ok", " "], ["x" * 81])),
    ],
)
def test_what_cannot_be_requested_is_told_by_its_field(
    world: World, rolled_back: None, given: dict[str, Any], field: str
) -> None:
    with inside(world.acme) as entered, pytest.raises(Invalid) as refusal:
        request_deployment(**{"release_ref": "r1", **given})
    assert list(refusal.value.fields) == [field]
    assert entered.entries == []


def test_every_wrong_field_is_told_at_once(world: World, rolled_back: None) -> None:
    with inside(world.acme), pytest.raises(Invalid) as refusal:
        request_deployment(release_ref="", strategy="hope", steps=[])
    assert set(refusal.value.fields) == {"releaseRef", "strategy", "steps"}


@pytest.mark.parametrize("state", UNFINISHED)
def test_while_one_is_not_finished_another_is_refused(
    world: World, rolled_back: None, state: str
) -> None:
    with in_new_environment(world) as entered:
        DEPLOYMENT.bring_to(world, state)
        entered.entries.clear()
        before = run("SELECT count(*) FROM deployments_runtimedeployment")
        with pytest.raises(Refused, match="not finished"):
            request_deployment(release_ref="r2")
        assert run("SELECT count(*) FROM deployments_runtimedeployment") == before
        assert entered.entries == []


def test_it_names_the_last_completed_one_before_it(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        first = request_deployment(release_ref="r1", gate="external")
        assert first.previous_deployment_id is None
        carry_to_completed(first, ["done\n"])
        failed = request_deployment(release_ref="r2")
        assert failed.previous_deployment_id == first.id
        fail_deployment(failed.id, reason="no room")
        assert request_deployment(release_ref="r3").previous_deployment_id == first.id


@pytest.mark.parametrize("moment", ["Decommissioning"])
def test_an_environment_that_is_not_provisioned_takes_no_deployment(
    world: World, rolled_back: None, moment: str
) -> None:
    environment = new_environment(world)
    with on_platform(world):
        decommission_environment(environment)
    with inside(world.acme, environment_id=environment) as entered:
        with pytest.raises(Refused, match=f"environment is {moment}"):
            request_deployment(release_ref="r1")
        assert entered.entries == []
        assert run("SELECT count(*) FROM configurations_runtimeconfiguration WHERE environment_id = %s", [environment]) == [(0,)]  # noqa: E501  # fmt: skip


def test_a_deployment_of_another_environment_or_tenant_is_not_there(
    world: World, rolled_back: None
) -> None:
    with inside(world.globex, "shared"):
        theirs = request_deployment(release_ref="theirs")
        their_step = steps_of(theirs)[0].id
    with in_new_environment(world, "shared"):
        for identifier in (theirs.id, uuid7()):
            with pytest.raises(NotFound):
                advance_deployment(identifier)
            with pytest.raises(NotFound):
                fail_deployment(identifier, reason="theirs")
        with pytest.raises(NotFound):
            start_step(their_step)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_failure_has_a_reason(world: World, rolled_back: None, reason: str) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref="r1")
        entered.entries.clear()
        with pytest.raises(Invalid) as refusal:
            fail_deployment(made.id, reason=reason)
        assert list(refusal.value.fields) == ["reason"]
        assert entered.entries == []
        fail_deployment(made.id, reason="no room")
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("deployment.failed", "no room")


@pytest.mark.attacks("deployment_unfinished_once")
def test_the_database_holds_one_unfinished_deployment(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        copy = (
            "INSERT INTO deployments_runtimedeployment (id, tenant_id, environment_id, release_ref,"
            " strategy, status, gate, configuration_id, requested_by, reason) "
            "SELECT gen_random_uuid(), tenant_id, environment_id, release_ref, strategy, "
            "'Requested', gate, {}, requested_by, reason FROM deployments_runtimedeployment "
            "WHERE id = %s"
        )
        assert sqlstate(copy.format("configuration_id"), [made.id]) == "23505"
        fail_deployment(made.id, reason="no room")
        assert sqlstate(copy.format("configuration_id"), [made.id]) == ""
        assert sqlstate(copy.format("gen_random_uuid()"), [made.id]) == "23503"
        assert sqlstate(copy.format("NULL"), [made.id]) == "23502"


def _requester(world: World, environment: UUID, **more: Any) -> Callable[[], str]:
    def request() -> str:
        with inside(world.acme, environment_id=environment):
            return request_deployment(release_ref="r1", **more).status

    return request


@pytest.mark.parametrize("attempt", ["first ever", "later"])
def test_of_requesters_at_once_one_wins_and_the_others_are_refused(
    committed: None, attempt: str
) -> None:
    world = spare_world()
    with on_platform(world):
        environment = requested_environment()
        activate_binding(
            request_binding(tenant_id=world.acme.slug, environment_id=environment, quota={}).id
        )
    if attempt == "later":
        with inside(world.acme, environment_id=environment):
            carry_to_completed(request_deployment(release_ref="r0", gate="external"), ["done\n"])
    outcomes = together(*[_requester(world, environment)] * 4)
    assert sorted(type(outcome) is Refused for outcome in outcomes) == [False, True, True, True]
    assert "Requested" in outcomes
    with inside(world.acme, environment_id=environment):
        versions = RuntimeConfiguration.objects.filter(environment_id=environment)
        assert versions.count() == 1
