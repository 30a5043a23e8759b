"""What a rollback returned to stays until a person releases it."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.core.access import Actor
from apps.core.errors import Invalid, Refused
from apps.core.ids import uuid7
from apps.deployments.marks import release_hold
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import request_deployment
from apps.deployments.rollback import roll_back
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import inside, new_environment, now, rolled_back_as, run
from tests.deployments.stories import release
from tests.world import World

WORKER = Actor("worker", label="pipeline")


@pytest.fixture
def held(world: World, rolled_back: None) -> Iterator[RuntimeDeployment]:
    """r2 was undone by a rollback to r1."""
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        first = release("r1", {"api": ("1", 1)})
        second = release("r2", {"api": ("2", 1)})
        made = roll_back(
            deployment_id=second.id, to=first.id, reason="orders fail", gate="external"
        )
    yield made


def _as(actor: Actor, held: RuntimeDeployment) -> Any:
    return enter_tenant("acme", actor=actor, environment_id=held.environment_id, writing=True)


def _person(world: World, held: RuntimeDeployment) -> Any:
    return inside(world.acme, environment_id=held.environment_id)


@pytest.mark.parametrize("override", ["", "I know better"])
def test_a_pipeline_does_not_put_the_undone_release_back(
    held: RuntimeDeployment, override: str
) -> None:
    with _as(WORKER, held) as entered:
        with pytest.raises(Refused) as refusal:
            request_deployment(release_ref=" r2 ", override_hold=override)
        assert entered.entries == []
    for part in ("r2 was undone", "to r1", "orders fail", "a person must release it"):
        assert part in refusal.value.message


def test_nor_does_an_api_client(world: World, committed: None) -> None:
    from tests.isolation.tenants import make_environment, make_tenant

    tenant = make_tenant("held", {"pool": make_environment("pool")})
    environment = tenant.environments["pool"]
    client = uuid7()
    with rolled_back_as("owner"):
        run(
            "INSERT INTO people_apiclient (id, tenant_id, name, token_hash, prefix, scopes) "
            "VALUES (%s, %s, 'CI', sha256(%s), 'rp_', "
            "'{runtime.deployments.write,runtime.configurations.write}')",
            [client, tenant.slug, client.bytes],
        )
        operator = Actor("operator", label="tests")
        with enter_tenant(tenant.slug, actor=operator, environment_id=environment, writing=True):
            first = release("r1", {"api": ("1", 1)})
            second = release("r2", {"api": ("2", 1)})
            made = roll_back(deployment_id=second.id, to=first.id, reason="x", gate="external")
        ci = Actor("client", client, "CI")
        with enter_tenant(tenant.slug, actor=ci, environment_id=environment, writing=True):
            with pytest.raises(Refused, match="a person must release it"):
                request_deployment(release_ref="r2", override_hold="I know better")
            with pytest.raises(Refused, match="Only a person"):
                release_hold(made.id, reason="I know better")
            assert request_deployment(release_ref="r3").status == "Requested"


def test_nor_an_import_whoever_runs_it(world: World, held: RuntimeDeployment) -> None:
    with _person(world, held), pytest.raises(Refused, match="a person must release it"):
        request_deployment(release_ref="r2", imported=True, override_hold="I know better")


def test_another_release_is_free(held: RuntimeDeployment) -> None:
    with _as(WORKER, held):
        assert request_deployment(release_ref="r3").status == "Requested"


def test_a_person_puts_it_back_by_saying_why(world: World, held: RuntimeDeployment) -> None:
    with _person(world, held) as entered:
        with pytest.raises(Refused) as refusal:
            request_deployment(release_ref="r2")
        assert list(refusal.value.fields) == ["overrideHold"]
        made = request_deployment(release_ref="r2", override_hold="it was the network")
        assert made.hold_override == "it was the network"
        assert entered.entries[-1].after is not None
        assert entered.entries[-1].after["holdOverride"] == "it was the network"


def test_released_it_holds_nothing_more(world: World, held: RuntimeDeployment) -> None:
    with _person(world, held) as entered:
        entered.entries.clear()
        released = release_hold(held.id, reason="r2 was innocent")
        assert not released.is_held
        assert (released.hold_released_by, released.hold_released_at) == (
            entered.actor.label, now(),
        )  # fmt: skip
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("deployment.hold_released", "r2 was innocent")
    with _as(WORKER, held):
        assert request_deployment(release_ref="r2").hold_override == ""


def test_releasing_takes_a_person_a_reason_and_a_hold(
    world: World, held: RuntimeDeployment
) -> None:
    with _as(WORKER, held), pytest.raises(Refused, match="Only a person"):
        release_hold(held.id, reason="x")
    with _person(world, held):
        with pytest.raises(Invalid):
            release_hold(held.id, reason=" ")
        for other in (held.undoes_deployment_id, held.returns_to_deployment_id):
            with pytest.raises(Refused, match="Nothing is held"):
                release_hold(other, reason="x")  # type: ignore[arg-type]
        release_hold(held.id, reason="x")
        with pytest.raises(Refused, match="Nothing is held"):
            release_hold(held.id, reason="again")


def test_a_rollback_that_has_not_completed_holds_nothing(world: World, rolled_back: None) -> None:
    from apps.deployments.operations import back_out_deployment, finish_back_out_deployment

    with inside(world.acme, environment_id=new_environment(world)):
        first = release("r1", {"api": ("1", 1)})
        second = release("r2", {"api": ("2", 1)})
        made = roll_back(deployment_id=second.id, to=first.id, reason="x")
        back_out_deployment(made.id, reason="worse still")
        finish_back_out_deployment(made.id)
        assert request_deployment(release_ref="r2", imported=True).status == "Requested"
