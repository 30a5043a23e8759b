"""Roles, scopes and actors: the one table that console, admins, API and commands ask.

A scope is `runtime.<resource>.<read|write>`. Where an actor stands decides which of its
roles count: inside a tenant those of that tenant, on platform pages those of `platform`.
"""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from uuid import UUID

PLATFORM = "platform"

RESOURCES = (
    "environments", "services", "deployments", "configurations", "scaling", "bindings",
    "health", "drift", "retention", "audit", "people", "clients", "exports", "freezes",
)  # fmt: skip
# Resources of the fleet that no tenant's role and no token ever holds.
PLATFORM_RESOURCES = ("tenants", "partitions", "officers", "visits", "jobs")
# Holds, windows and what is asked of them: signed by officers, on the platform.
OFFICERS_RESOURCES = ("governance",)


class Role(enum.StrEnum):
    TENANT_VIEWER = "tenant-viewer"
    TENANT_OPERATOR = "tenant-operator"
    TENANT_ADMIN = "tenant-admin"
    TENANT_AUDITOR = "tenant-auditor"
    PLATFORM_VIEWER = "platform-viewer"
    PLATFORM_ADMIN = "platform-admin"
    GOVERNANCE_OFFICER = "governance-officer"


PLATFORM_ROLES = (Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN, Role.GOVERNANCE_OFFICER)
TENANT_ROLES = tuple(role for role in Role if role not in PLATFORM_ROLES)


def _scopes(verb: str, *resources: str) -> frozenset[str]:
    return frozenset(f"runtime.{resource}.{verb}" for resource in resources)


_TENANT_READ = _scopes(
    "read", "environments", "services", "deployments", "configurations", "scaling", "bindings",
    "health", "drift", "people", "clients", "freezes",
)  # fmt: skip
_TENANT_WRITE = _scopes(
    "write", "services", "deployments", "configurations", "scaling", "health", "drift"
)
_FLEET_READ = _scopes("read", "environments", "bindings", "people", "freezes", *PLATFORM_RESOURCES)

ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.TENANT_VIEWER: _TENANT_READ,
    Role.TENANT_OPERATOR: _TENANT_READ | _TENANT_WRITE,
    Role.TENANT_ADMIN: _TENANT_READ
    | _TENANT_WRITE
    | _scopes("write", "people", "clients", "freezes")
    | _scopes("read", "retention")
    | _scopes("write", "retention"),
    Role.TENANT_AUDITOR: _TENANT_READ | _scopes("read", "audit", "retention", "exports"),
    Role.PLATFORM_VIEWER: _FLEET_READ,
    Role.PLATFORM_ADMIN: _FLEET_READ
    | _scopes(
        "write", "tenants", "environments", "bindings", "people", "visits", "freezes", "jobs"
    ),
    Role.GOVERNANCE_OFFICER: _FLEET_READ
    | _scopes("read", "retention", "audit", *OFFICERS_RESOURCES)
    | _scopes("write", "officers", *OFFICERS_RESOURCES),
}
ALL_SCOPES: frozenset[str] = frozenset().union(*ROLE_SCOPES.values())
# What a token may carry: everything a tenant's people may do, and never what a person must sign.
# Freezes bind pipelines, so no pipeline manages them.
TOKEN_SCOPES: frozenset[str] = frozenset().union(
    *(ROLE_SCOPES[role] for role in TENANT_ROLES)
) - _scopes("write", "freezes")

ActorKind = Literal["person", "client", "worker", "operator"]


@dataclass(frozen=True)
class Actor:
    """Who acts: `label` is what people read (an address, a client's name, a shell account)."""

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    address: str = ""
    request_id: str = ""

    @property
    def is_system(self) -> bool:
        """Whether no role is looked up: the shell and the worker are not people."""
        return self.kind in ("worker", "operator")


@dataclass(frozen=True)
class Rights:
    """What an actor may do where it stands now."""

    roles: tuple[str, ...] = ()
    scopes: frozenset[str] = field(default_factory=frozenset)

    def may(self, scope: str) -> bool:
        return scope in self.scopes


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """The union of what the roles grant; a role this version does not know grants nothing."""
    known = {role.value: scopes for role, scopes in ROLE_SCOPES.items()}
    return frozenset().union(*(known.get(role, frozenset()) for role in roles))


View = TypeVar("View", bound=Callable[..., Any])


def needs(
    scope: str, *, writes: str | None = None, control_plane: bool = False
) -> Callable[[View], View]:
    """Stamps a view with the scope that it needs (and, where it differs, the one for writing).

    `control_plane`: the page of a tenant enters no partition, so that no binding's state matters.

    The middleware enforces it before the view runs; a guard test finds views without a stamp.
    `needs("public")` and `needs("signed-in")` say that no scope is asked, on purpose.
    """

    def stamp(view: View) -> View:
        view.needs = scope  # type: ignore[attr-defined]
        view.needs_to_write = writes or scope  # type: ignore[attr-defined]
        view.control_plane = control_plane  # type: ignore[attr-defined]
        return view

    return stamp
