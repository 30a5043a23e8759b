"""The one table of rights: what no role may ever hold."""

import itertools

import pytest

from apps.core.access import (
    ALL_SCOPES,
    OFFICERS_RESOURCES,
    PLATFORM_RESOURCES,
    PLATFORM_ROLES,
    RESOURCES,
    ROLE_SCOPES,
    TENANT_ROLES,
    TOKEN_SCOPES,
    Actor,
    Role,
    scopes_of,
)

KNOWN = {
    f"runtime.{resource}.{verb}"
    for resource in (*RESOURCES, *PLATFORM_RESOURCES, *OFFICERS_RESOURCES)
    for verb in ("read", "write")
}
DATA = ("services", "deployments", "configurations", "scaling", "health", "drift")


def _writes(role: Role) -> set[str]:
    return {scope for scope in ROLE_SCOPES[role] if scope.endswith(".write")}


@pytest.mark.parametrize("role", Role)
def test_a_role_grants_known_scopes_alone_and_reads_what_it_writes(role: Role) -> None:
    assert ROLE_SCOPES[role]
    assert ROLE_SCOPES[role] <= KNOWN
    assert {scope.replace(".write", ".read") for scope in _writes(role)} <= ROLE_SCOPES[role]


@pytest.mark.parametrize(
    "role",
    [Role.TENANT_VIEWER, Role.TENANT_AUDITOR, Role.PLATFORM_VIEWER],
)
def test_who_only_reads_writes_nothing(role: Role) -> None:
    assert _writes(role) == set()


def test_an_officer_signs_what_is_held_decides_on_officers_and_writes_nothing_else() -> None:
    signed = {f"runtime.{name}.write" for name in ("officers", *OFFICERS_RESOURCES)}
    assert _writes(Role.GOVERNANCE_OFFICER) == signed
    for role in set(Role) - {Role.GOVERNANCE_OFFICER}:
        assert not ROLE_SCOPES[role] & signed


def test_an_operator_writes_the_runtime_and_no_people() -> None:
    assert _writes(Role.TENANT_OPERATOR) == {f"runtime.{name}.write" for name in DATA}


def test_an_admin_does_what_an_operator_does_and_manages_people() -> None:
    assert ROLE_SCOPES[Role.TENANT_OPERATOR] < ROLE_SCOPES[Role.TENANT_ADMIN]
    assert {"runtime.people.write", "runtime.clients.write"} <= ROLE_SCOPES[Role.TENANT_ADMIN]


def test_an_auditor_reads_what_a_viewer_reads_and_the_trail() -> None:
    more = ROLE_SCOPES[Role.TENANT_AUDITOR] - ROLE_SCOPES[Role.TENANT_VIEWER]
    assert more == {"runtime.audit.read", "runtime.retention.read", "runtime.exports.read"}


@pytest.mark.parametrize(("role", "name"), list(itertools.product(PLATFORM_ROLES, DATA)))
def test_nobody_of_the_platform_touches_a_tenants_rows(role: Role, name: str) -> None:
    assert not ROLE_SCOPES[role] & {f"runtime.{name}.read", f"runtime.{name}.write"}


def test_nobody_of_a_tenant_and_no_token_holds_the_fleet() -> None:
    names = (*PLATFORM_RESOURCES, *OFFICERS_RESOURCES)
    fleet = {f"runtime.{name}.{verb}" for name in names for verb in ("read", "write")}
    fleet |= {"runtime.environments.write", "runtime.bindings.write"}
    for held in (*(ROLE_SCOPES[role] for role in TENANT_ROLES), TOKEN_SCOPES):
        assert not held & fleet


def test_every_role_stands_in_one_place() -> None:
    assert set(PLATFORM_ROLES) | set(TENANT_ROLES) == set(Role) == set(ROLE_SCOPES)
    assert not set(PLATFORM_ROLES) & set(TENANT_ROLES)
    assert ALL_SCOPES <= KNOWN


def test_rights_add_up_and_an_unknown_role_grants_nothing() -> None:
    assert scopes_of([]) == scopes_of(["owner-of-everything"]) == frozenset()
    both = scopes_of([Role.TENANT_VIEWER, "?", Role.TENANT_OPERATOR])
    assert both == ROLE_SCOPES[Role.TENANT_OPERATOR]


def test_only_the_shell_and_the_worker_are_asked_for_no_role() -> None:
    assert {kind: Actor(kind).is_system for kind in ("person", "client", "worker", "operator")} == {
        "person": False, "client": False, "worker": True, "operator": True,
    }  # fmt: skip
