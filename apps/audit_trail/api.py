"""The audit trail by the API, for reading: a tenant's chains as one list."""

from collections.abc import Iterator, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import as_file, exported
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Shape, at
from apps.api.viewsets import ApiViewSet
from apps.audit_trail.chains import READ, chain_lines
from apps.audit_trail.queries import trail_here
from apps.core import door
from apps.tenant_bindings.context import each_chain


class AuditEvent(Shape):
    """One change or refusal. What it tells of people and things may have gone: it is null then."""

    auditEventId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField(allow_null=True)
    chain = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    claimedAt = serializers.DateTimeField(allow_null=True)
    actorKind = serializers.CharField()
    actorId = serializers.UUIDField(allow_null=True)
    actorLabel = serializers.CharField(allow_blank=True)
    requestId = serializers.CharField(allow_blank=True)
    action = serializers.CharField()
    objectType = serializers.CharField()
    objectId = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()
    reason = serializers.CharField(allow_blank=True)
    previousHash = serializers.CharField(allow_blank=True)
    hash = serializers.CharField()


class AuditEventViewSet(ApiViewSet):
    """Entries of the tenant's partitions, and of its part of the control plane."""

    filters = (
        Query("objectId", "object_id"),
        Query("from", "shown_at__gte", "time", description="The earliest time; claimed, if so."),
        Query("until", "shown_at__lt", "time", description="Before which it was; claimed, if so."),
    )
    of_every_chain = True
    orders = {"-at": ("-shown_at", "-id"), "at": ("shown_at", "id")}

    def lists(self) -> Sequence[Any]:
        return trail_here()

    def places(self, entered: Any) -> Iterator[Any]:
        return each_chain(entered)

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            "auditEventId": str(row.id),
            "tenantId": row.tenant_id,
            "environmentId": str(row.environment_id) if row.environment_id else None,
            "chain": row.chain,
            "number": row.number,
            "at": at(row.at),
            "claimedAt": at(row.claimed_at),
            "actorKind": row.actor_kind,
            "actorId": str(row.actor_id) if row.actor_id else None,
            "actorLabel": row.actor_label,
            "requestId": row.request_id,
            "action": row.action,
            "objectType": row.object_type,
            "objectId": row.object_id,
            "before": row.before,
            "after": row.after,
            "reason": row.reason,
            "previousHash": row.previous_hash,
            "hash": row.hash,
        }

    @operation(READ, answers=AuditEvent, page=True)
    def list(self, request: Any) -> Response:
        """Entries, newest first."""
        return self.page()

    @operation(READ, answers=AuditEvent, export=True)
    def export(self, request: Any) -> Any:
        """Entries as a file: all that the filters leave."""
        return exported(self)

    @operation(READ)
    def chains(self, request: Any) -> Any:
        """The chains as lines of JSON, each head before its entries: verify_audit checks the file.

        It takes no database for that: `verify_audit --file`.
        """
        return as_file(chain_lines(door.entered()), "ndjson", "audit")

    @operation(READ, answers=AuditEvent)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One entry."""
        return self.answer(self.found())
