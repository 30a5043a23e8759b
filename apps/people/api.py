"""People and API clients by the API, for reading.

Who signs in and what a token may do is decided by a person: the database admits no token's write.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Shape, at
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.core.access import TENANT_ROLES
from apps.people.models import ApiClient, Membership
from apps.people.queries import people_of

_ROLES = [role.value for role in TENANT_ROLES]


class Person(Shape):
    """Somebody with a role in the tenant."""

    personId = serializers.UUIDField()
    tenantId = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(_ROLES))


class Client(Shape):
    """An API client: never its token, of which only the beginning is known."""

    clientId = serializers.UUIDField()
    tenantId = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(["Active", "Expired", "Revoked"])
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)
    lastUsedAt = serializers.DateTimeField(allow_null=True)


class PersonViewSet(ApiViewSet):
    """Who has a role in the tenant now: those of others are not told."""

    control_plane = True
    filters = (Query("role", choices=_ROLES, condition=lambda role: Q(id__in=_with(role))),)
    held: dict[Any, list[str]]

    def rows(self) -> Any:
        return people_of(door.tenant())

    def gather(self, rows: Sequence[Any]) -> None:
        self.held = {row.id: [] for row in rows}
        live = Membership.objects.filter(
            tenant_id=door.tenant(), ended_at=None, person_id__in=list(self.held)
        )
        for person_id, role in live.order_by("role").values_list("person_id", "role"):
            self.held[person_id].append(role)

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            "personId": str(row.id),
            "tenantId": door.tenant(),
            "name": row.name,
            "email": row.email,
            "roles": self.held[row.id],
        }

    @operation("runtime.people.read", answers=Person, page=True)
    def list(self, request: Any) -> Response:
        """People of the tenant with their roles, newest first."""
        return self.page()

    @operation("runtime.people.read", answers=Person, export=True)
    def export(self, request: Any) -> Any:
        """People as a file: all that the filters leave."""
        return exported(self)

    @operation("runtime.people.read", answers=Person)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One of them."""
        return self.answer(self.found())


def _with(role: str) -> Any:
    live = Membership.objects.filter(tenant_id=door.tenant(), role=role, ended_at=None)
    return live.values("person_id")


class ClientViewSet(ApiViewSet):
    """API clients of the tenant, those that ended too. A signed-in admin makes and revokes them."""

    control_plane = True
    filters = (
        Query("revoked", choices=["yes", "no"],
              condition=lambda said: Q(revoked_at__isnull=said == "no")),
    )  # fmt: skip
    volatile = ("lastUsedAt",)

    def rows(self) -> Any:
        return ApiClient.objects.filter(tenant_id=door.tenant())

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            "clientId": str(row.id),
            "tenantId": row.tenant_id,
            "name": row.name,
            "prefix": row.prefix,
            "scopes": list(row.scopes),
            "status": row.state,
            "createdAt": at(row.created_at),
            "expiresAt": at(row.expires_at),
            "revokedAt": at(row.revoked_at),
            "lastUsedAt": at(row.last_used_at),
        }

    @operation("runtime.clients.read", answers=Client, page=True)
    def list(self, request: Any) -> Response:
        """API clients, newest first."""
        return self.page()

    @operation("runtime.clients.read", answers=Client, export=True)
    def export(self, request: Any) -> Any:
        """API clients as a file: all that the filters leave."""
        return exported(self)

    @operation("runtime.clients.read", answers=Client)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One API client."""
        return self.answer(self.found())
