"""What the database itself holds of an environment, and what its operations say instead."""

from typing import Any

import pytest

from apps.core.errors import Invalid, NotFound, Refused
from apps.environments.operations import (
    abandon_environment,
    create_environment,
    decommission_environment,
    finish_decommissioning_environment,
    request_environment,
)
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import on_platform, requested_environment, rolled_back_as, run, sqlstate
from tests.world import World

FIELDS = {
    "tenant_id": "acme", "project_id": "shop", "name": "one", "stage": "dev",
    "region": "westeurope", "isolation_model": "silo",
}  # fmt: skip
TABLE = "environments_runtimeenvironment"
UNIQUE, CHECK = "23505", "23514"


def _copy_of(identifier: Any, **changes: str) -> tuple[str, list[Any]]:
    columns = ["tenant_id", "project_id", "name", "stage", "region", "isolation_model", "status"]
    values = ", ".join(changes.get(column, column) for column in columns)
    return (
        f"INSERT INTO {TABLE} (id, pulumi_stack_ref, {', '.join(columns)}) "
        f"SELECT gen_random_uuid(), '', {values} FROM {TABLE} WHERE id = %s",
        [identifier],
    )


@pytest.mark.attacks("environment_name")
def test_the_database_knows_a_name_once_among_those_not_decommissioned(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        identifier = request_environment(**FIELDS).id
        assert sqlstate(*_copy_of(identifier)) == UNIQUE
        assert sqlstate(*_copy_of(identifier, project_id="'other'")) == ""
        assert sqlstate(*_copy_of(identifier, tenant_id="'globex'")) == ""
        abandon_environment(identifier)
        assert sqlstate(*_copy_of(identifier, status="'Requested'")) == ""


@pytest.mark.attacks("environment_choices")
@pytest.mark.parametrize(
    "change", [{"stage": "'live'"}, {"isolation_model": "'none'"}, {"status": "'Lost'"}]
)
def test_the_database_takes_no_word_that_it_does_not_know(
    world: World, committed: None, change: dict[str, str]
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        identifier = request_environment(**FIELDS).id
        assert sqlstate(*_copy_of(identifier, **change)) == CHECK


def test_a_taken_name_is_refused_and_free_again_after_decommissioning(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        first = create_environment(**FIELDS)
        with pytest.raises(Refused, match="already has"):
            request_environment(**FIELDS)
        decommission_environment(first.id)
        with pytest.raises(Refused):
            request_environment(**FIELDS)
        finish_decommissioning_environment(first.id)
        assert request_environment(**FIELDS).status == "Requested"


def test_every_field_that_is_wrong_is_named(world: World, rolled_back: None) -> None:
    with on_platform(world), pytest.raises(Invalid) as refusal:
        request_environment(
            tenant_id="acme", project_id=" ", name="", stage="live", region="", isolation_model="x"
        )
    assert set(refusal.value.fields) == {"projectId", "name", "region", "stage", "isolationModel"}


@pytest.mark.parametrize(
    ("given", "field", "longest"),
    [("project_id", "projectId", 80), ("name", "name", 80), ("region", "region", 40),
     ("pulumi_stack_ref", "pulumiStackRef", 200)],
)  # fmt: skip
def test_what_is_too_long_is_named_instead_of_failing_in_the_database(
    world: World, rolled_back: None, given: str, field: str, longest: int
) -> None:
    with on_platform(world):
        with pytest.raises(Invalid) as refusal:
            request_environment(**{**FIELDS, given: "x" * (longest + 1)})
        assert set(refusal.value.fields) == {field}
        assert request_environment(**{**FIELDS, given: "x" * longest})


def test_nobody_owns_an_environment_who_is_not_there(world: World, rolled_back: None) -> None:
    with on_platform(world), pytest.raises(NotFound):
        request_environment(**{**FIELDS, "tenant_id": "nobody"})


@pytest.mark.attacks("decommissioned last")
def test_it_is_decommissioned_only_after_its_last_binding(world: World, rolled_back: None) -> None:
    with on_platform(world):
        environment = requested_environment()
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
        decommission_environment(environment)
        with pytest.raises(Refused, match="not released"):
            finish_decommissioning_environment(environment)
        release_binding(binding.id)
        assert finish_decommissioning_environment(environment).status == "Decommissioned"


@pytest.mark.attacks("copies follow")
def test_its_bindings_carry_its_state_until_they_are_released(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        environment = requested_environment("shared")
        gone = request_binding(tenant_id="globex", environment_id=environment, quota={})
        release_binding(gone.id)
        kept = request_binding(tenant_id="acme", environment_id=environment, quota={})
        decommission_environment(environment)
        seen = dict(
            RuntimeTenantBinding.objects.filter(id__in=[gone.id, kept.id]).values_list(
                "id", "environment_status"
            )
        )
    assert seen == {gone.id: "Provisioned", kept.id: "Decommissioning"}


@pytest.mark.attacks("environment of a binding")
def test_an_environment_takes_no_binding_before_it_is_provisioned_nor_after(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        early = request_environment(**FIELDS).id
        with pytest.raises(Refused, match="Requested, not Provisioned"):
            request_binding(tenant_id="acme", environment_id=early, quota={})
        late = requested_environment()
        decommission_environment(late)
        with pytest.raises(Refused, match="Decommissioning"):
            request_binding(tenant_id="acme", environment_id=late, quota={})


@pytest.mark.attacks(
    "environment_decommissioned_at",
    "environment_provisioned_at",
)
def test_the_database_wants_the_times_that_belong_to_a_state(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        identifier = requested_environment()
        run("SET LOCAL app.moves_clocks = 'on'")
        for column, value in (("provisioned_at", "NULL"), ("decommissioned_at", "now()")):
            update = f"UPDATE {TABLE} SET {column} = {value} WHERE id = %s"
            assert sqlstate(update, [identifier]) == CHECK
