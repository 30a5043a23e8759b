"""Drift findings by the API."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import HERE, Query
from apps.api.shapes import NeededReason, Reason, Shape, at
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.drift_findings import many, operations
from apps.drift_findings.models import (
    FindingStatus,
    Kind,
    Resolution,
    RuntimeDriftFinding,
    Severity,
)

READ, WRITE = "runtime.drift.read", "runtime.drift.write"


class NamedFinding(Shape):
    """One of many; the reason of all is the first that is given."""

    driftFindingId = serializers.UUIDField()
    ifMatch = serializers.CharField(max_length=200, required=False)
    reason = serializers.CharField(max_length=2000, required=False)


class DriftFinding(Shape):
    """A difference between what should run and what was seen, while it lasts."""

    driftFindingId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    serviceId = serializers.UUIDField(allow_null=True)
    moduleId = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(Kind.choices)
    path = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    desired = serializers.JSONField()
    observed = serializers.JSONField()
    status = serializers.ChoiceField(FindingStatus.choices)
    detectedAt = serializers.DateTimeField()
    lastSeenAt = serializers.DateTimeField()
    acknowledgedAt = serializers.DateTimeField(allow_null=True)
    acknowledgedBy = serializers.CharField(allow_blank=True)
    acknowledgedReason = serializers.CharField(allow_blank=True)
    resolvedAt = serializers.DateTimeField(allow_null=True)
    resolution = serializers.ChoiceField(Resolution.choices, allow_null=True)
    resolutionReason = serializers.CharField(allow_blank=True)


class DriftFindingViewSet(ApiViewSet):
    """Findings of one status, as the indexes have them; what a rule hides among them."""

    filters = (
        Query("status", "status", choices=FindingStatus.values,
              description="`Open`, where absent."),
        Query("environmentId", "environment_id", "uuid"),
        Query("kind", "kind", choices=Kind.values),
        Query("severity", "severity", choices=Severity.values),
        Query("moduleId", "module_id"),
    )  # fmt: skip
    defaults = {"status": "Open"}
    volatile = ("lastSeenAt",)

    def rows(self) -> Any:
        return RuntimeDriftFinding.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            **row.as_api(),
            "tenantId": row.tenant_id,
            "acknowledgedAt": at(row.acknowledged_at),
            "acknowledgedBy": row.acknowledged_by,
            "acknowledgedReason": row.acknowledged_reason,
            "resolutionReason": row.resolution_reason,
        }

    @operation(READ, answers=DriftFinding, page=True)
    def list(self, request: Any) -> Response:
        """Findings of a status, newest first."""
        return self.page()

    @operation(READ, answers=DriftFinding, export=True)
    def export(self, request: Any) -> Any:
        """Findings as a file: all that the filters leave."""
        return exported(self)

    @operation(READ, answers=DriftFinding)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One finding."""
        return self.answer(self.found())

    def _move(self, verb: str) -> Response:
        wanted = self.inputs()
        ids = [one["drift_finding_id"] for one in wanted]
        reason = next((one["reason"] for one in wanted if one.get("reason")), "")
        with door.atomic():
            self.check_versions(many.lock_findings(ids), wanted)
            return self.answers(many.move_findings(ids, verb, reason=reason))

    @operation(WRITE, takes=NamedFinding, answers=DriftFinding, array=True, each=True,
               queries=(HERE,))  # fmt: skip
    def acknowledge_many(self, request: Any) -> Response:
        """Open to Acknowledged, all or none."""
        return self._move("acknowledge")

    @operation(WRITE, takes=NamedFinding, answers=DriftFinding, array=True, each=True,
               queries=(HERE,))  # fmt: skip
    def resolve_many(self, request: Any) -> Response:
        """Open or Acknowledged to Resolved, which is final, all or none."""
        return self._move("resolve")

    @operation(WRITE, takes=NeededReason, answers=DriftFinding, guarded=True)
    def acknowledge(self, request: Any, id: Any) -> Response:
        """Open to Acknowledged: known, by whom and why."""
        return self.answer(operations.acknowledge_finding(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=DriftFinding, guarded=True)
    def unacknowledge(self, request: Any, id: Any) -> Response:
        """Acknowledged to Open: not known any more."""
        return self.answer(operations.unacknowledge_finding(id, **self.input()))

    @operation(WRITE, takes=NeededReason, answers=DriftFinding, guarded=True)
    def resolve(self, request: Any, id: Any) -> Response:
        """Open or Acknowledged to Resolved, which is final; found again, it is a new finding."""
        return self.answer(operations.resolve_finding(id, **self.input()))
