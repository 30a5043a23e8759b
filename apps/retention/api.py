"""Retention by the API: what went and why, what is held, and the asking for an exception.

Approving, holding and lifting are signed by people: no operation here does it.
"""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.few import Few
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Shape, at
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.core.walls.classes import CLASSES as ALL_CLASSES
from apps.retention.certificate_files import written
from apps.retention.exceptions import request_exception, withdraw_exception
from apps.retention.models import (
    Certificate,
    ExceptionStatus,
    GovernanceException,
    HoldStatus,
    RetentionEntry,
)
from apps.retention.queries import holds

READ, WRITE = "runtime.retention.read", "runtime.retention.write"
CLASSES = list(ALL_CLASSES)


class HeldBack(Shape):
    """How many rows stayed although their window had passed, and what kept them."""

    reason = serializers.CharField()
    count = serializers.IntegerField()


class RunEntry(Shape):
    """What a run did of one data class."""

    tenantId = serializers.CharField()
    dataClass = serializers.CharField()
    cutoff = serializers.DateTimeField(allow_null=True)
    due = serializers.IntegerField()
    purged = serializers.IntegerField()
    tiered = serializers.IntegerField()
    bytes = serializers.IntegerField()
    heldBack = HeldBack(many=True)
    failed = serializers.CharField(allow_blank=True)


class RetentionRun(Shape):
    """The tenant's part of one run of the purge, certified."""

    runId = serializers.UUIDField()
    tenantId = serializers.CharField()
    certificateId = serializers.UUIDField()
    issuedAt = serializers.DateTimeField()
    leafCount = serializers.IntegerField()
    root = serializers.CharField()
    entries = RunEntry(many=True)


class CertificateFile(Shape):
    """The file that `verify_certificate` takes, byte for byte."""

    certificate = serializers.DictField()
    signature = serializers.CharField()


class RetentionRunViewSet(ApiViewSet):
    """Runs that are certified for the tenant: every one that is not at work."""

    control_plane = True
    key = "run_id"
    entries: dict[Any, list[dict[str, Any]]]

    def rows(self) -> Any:
        return Certificate.objects.filter(tenant_id=door.tenant())

    def gather(self, rows: Sequence[Any]) -> None:
        self.entries = {row.run_id: [] for row in rows}
        mine = RetentionEntry.objects.filter(tenant_id=door.tenant(), run_id__in=list(self.entries))
        for entry in mine.order_by("data_class"):
            self.entries[entry.run_id].append(entry.as_api())

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            "runId": str(row.run_id),
            "tenantId": row.tenant_id,
            "certificateId": str(row.id),
            "issuedAt": at(row.issued_at),
            "leafCount": row.leaf_count,
            "root": row.root,
            "entries": self.entries[row.run_id],
        }

    @operation(READ, answers=RetentionRun, page=True)
    def list(self, request: Any) -> Response:
        """Runs, newest first."""
        return self.page()

    @operation(READ, answers=RetentionRun)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One run."""
        return self.answer(self.found())

    @operation(READ, answers=CertificateFile, whole=True)
    def certificate(self, request: Any, id: Any) -> Any:
        """The certificate as it was signed: write it to a file as it comes."""
        return self.file(written(self.found().as_api()))


class NewException(Shape):
    """Leave to let rows go before their window, to be asked for."""

    dataClass = serializers.ChoiceField(CLASSES)
    environmentId = serializers.UUIDField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)
    legalBasis = serializers.CharField(max_length=200)
    lapsesAt = serializers.DateTimeField()


class GovernanceExceptionShape(Shape):
    """An exception that was asked for, and what an officer decided."""

    governanceExceptionId = serializers.UUIDField()
    tenantId = serializers.CharField()
    dataClass = serializers.ChoiceField(CLASSES)
    environmentId = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    legalBasis = serializers.CharField()
    lapsesAt = serializers.DateTimeField()
    status = serializers.ChoiceField(ExceptionStatus.choices)
    askedBy = serializers.CharField(allow_blank=True)
    askedAt = serializers.DateTimeField()
    decidedBy = serializers.CharField(allow_blank=True)
    decisionReason = serializers.CharField(allow_blank=True)
    decidedAt = serializers.DateTimeField(allow_null=True)
    rowCount = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField(allow_blank=True)
    spentByRunId = serializers.UUIDField(allow_null=True)


class GovernanceExceptionViewSet(ApiViewSet):
    """Exceptions that the tenant has asked for. An officer decides, signed in."""

    control_plane = True
    filters = (
        Query("status", "status", choices=ExceptionStatus.values),
        Query("dataClass", "data_class", choices=CLASSES),
    )

    def rows(self) -> Any:
        return GovernanceException.objects.filter(tenant_id=door.tenant())

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            **row.as_api(),
            "reason": row.reason,
            "askedBy": row.asked_by_label,
            "askedAt": at(row.asked_at),
            "decidedBy": row.decided_by_label,
            "decisionReason": row.decision_reason,
            "decidedAt": at(row.decided_at),
            "spentByRunId": str(row.spent_by_run) if row.spent_by_run else None,
        }

    @operation(READ, answers=GovernanceExceptionShape, page=True)
    def list(self, request: Any) -> Response:
        """Exceptions, newest first."""
        return self.page()

    @operation(READ, answers=GovernanceExceptionShape)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One exception."""
        return self.answer(self.found())

    @operation(WRITE, takes=NewException, answers=GovernanceExceptionShape, status=201)
    def create(self, request: Any) -> Response:
        """Asks for an exception. It lets nothing go before an officer approves it."""
        asked = request_exception(**self.input())
        return self.answer(self.rows().get(id=asked.id), 201)

    @operation(WRITE, answers=GovernanceExceptionShape)
    def withdraw(self, request: Any, id: Any) -> Response:
        """Asked or Approved to Withdrawn, which is final."""
        withdraw_exception(self.found().id)
        return self.answer(self.found())


class LegalHold(Shape):
    """A hold by its reference: its matter is for officers and the tenant's auditors."""

    legalHoldId = serializers.UUIDField()
    tenantId = serializers.CharField()
    number = serializers.IntegerField()
    dataClasses = serializers.ListField(child=serializers.CharField())
    environmentId = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(HoldStatus.choices)
    placedAt = serializers.DateTimeField()
    liftedAt = serializers.DateTimeField(allow_null=True)
    endsAt = serializers.DateTimeField(allow_null=True)


class LegalHoldViewSet(ApiViewSet):
    """Holds on the tenant's rows, those that were lifted too."""

    control_plane = True
    filters = (
        Query("status", "status", choices=HoldStatus.values),
        Query("dataClass", "data_classes__contains", choices=CLASSES),
    )
    orders = {"-number": ("-number",)}

    def rows(self) -> Any:
        return Few(holds())

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            **row.as_api(),
            "placedAt": at(row.placed_at),
            "liftedAt": at(row.lifted_at),
            "endsAt": at(row.ends_at),
        }

    @operation(READ, answers=LegalHold, page=True)
    def list(self, request: Any) -> Response:
        """Holds, newest first."""
        return self.page()

    @operation(READ, answers=LegalHold)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One hold."""
        return self.answer(self.found())
