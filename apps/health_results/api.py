"""Health results by the API: one service's for reading, an environment's for recording."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api import problems
from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.parsers import JsonParser, NdjsonParser
from apps.api.queries import HERE, Query
from apps.api.shapes import Shape
from apps.api.viewsets import ApiViewSet
from apps.core.errors import Invalid
from apps.health_results.models import DETAIL_LENGTH, MOST_LATENCY, PROBE_LENGTH, HealthCheckResult
from apps.health_results.models import HealthStatus as Status
from apps.health_results.operations import MODULE_LENGTH, WRITE, Rejected, record_results
from apps.health_results.reading import read_item, read_lines
from apps.health_results.results import Problem, Result

READ = "runtime.health.read"
# What one request may hold; it is recorded in batches, in one transaction.
MOST_RESULTS = 50_000


class NewHealthResult(Shape):
    """What a probe said; the service by `serviceId`, or by the `moduleId` that is live there."""

    serviceId = serializers.UUIDField(required=False)
    moduleId = serializers.CharField(max_length=MODULE_LENGTH, required=False)
    status = serializers.ChoiceField(Status.choices)
    probe = serializers.CharField(max_length=PROBE_LENGTH)
    checkedAt = serializers.DateTimeField()
    latencyMs = serializers.IntegerField(
        min_value=0, max_value=MOST_LATENCY, required=False, allow_null=True
    )
    detail = serializers.CharField(max_length=DETAIL_LENGTH, required=False, allow_blank=True)


class HealthResult(Shape):
    """What a probe said of a service, and when it came in."""

    healthResultId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    serviceId = serializers.UUIDField()
    status = serializers.ChoiceField(Status.choices)
    probe = serializers.CharField()
    latencyMs = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField(allow_blank=True)
    checkedAt = serializers.DateTimeField()
    receivedAt = serializers.DateTimeField()


class RecordedResults(Shape):
    """How many are new, and how many were there before: the same service, probe and checkedAt."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()


EXAMPLE = [
    {
        "moduleId": "cart", "status": "Healthy", "probe": "http", "latencyMs": 12,
        "checkedAt": "2026-01-31T12:00:00Z",
    }
]  # fmt: skip


class HealthResultViewSet(ApiViewSet):
    """Results are many: a list is of one service, so that an index gives each page."""

    parser_classes = [JsonParser, NdjsonParser]
    filters = (
        HERE,
        Query("serviceId", "service_id", "uuid", required=True),
        Query("probe", "probe"),
        Query("status", "status", choices=Status.values),
        Query("from", "checked_at__gte", "time", description="The earliest checkedAt."),
        Query("until", "checked_at__lt", "time", description="Before which checkedAt is."),
    )
    orders = {"-checkedAt": ("-checked_at", "-id"), "checkedAt": ("checked_at", "id")}

    def rows(self) -> Any:
        return HealthCheckResult.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        return {**row.as_api(), "tenantId": row.tenant_id}

    @operation(READ, answers=HealthResult, page=True)
    def list(self, request: Any) -> Response:
        """Results of one service, newest first."""
        return self.page()

    @operation(READ, answers=HealthResult, export=True)
    def export(self, request: Any) -> Any:
        """Results of one service as a file: all that the filters leave."""
        return exported(self)

    @operation(WRITE, takes=NewHealthResult, answers=RecordedResults, array=True, queries=(HERE,),
               most=MOST_RESULTS, media_types=("application/json", NdjsonParser.media_type),
               example=EXAMPLE)  # fmt: skip
    def create(self, request: Any) -> Response:
        """Records all of an array, or of JSON lines, or none; what was recorded before stays."""
        try:
            done = record_results(_results(request.data))
        except Rejected as error:
            more = {"errors": [_told(one) for one in error.recorded.problems]}
            raise problems.Problem("invalid", error.message, more) from error
        counts = {"accepted": done.accepted, "duplicates": done.duplicates}
        return Response(self.chosen([counts])[0])


def _results(data: Any) -> Iterable[Result | Problem]:
    """Each with its `place`, counted from 0: of an item, or of a line."""
    if isinstance(data, bytes):
        count = data.count(b"\n") + (not data.endswith(b"\n")) if data.strip() else 0
    elif isinstance(data, list):
        count = len(data)
    else:
        raise Invalid("Send an array of results, or JSON lines.")
    if not count:
        raise Invalid("Send at least one.")
    if count > MOST_RESULTS:
        raise problems.Problem("too-large", f"At most {MOST_RESULTS} at once.")
    if isinstance(data, bytes):
        return read_lines(BytesIO(data), first=0)
    return (read_item(item, index) for index, item in enumerate(data))


def _told(problem: Problem) -> dict[str, Any]:
    return {"index": problem.place, "field": problem.field, "messages": [problem.reason]}
