"""Services by the API."""

from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.response import Response

from apps.api import versions
from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.parsers import CsvParser, JsonParser, NdjsonParser
from apps.api.problems import Problem
from apps.api.queries import HERE, Query
from apps.api.shapes import Reason, Shape, at, checked
from apps.api.viewsets import ApiViewSet
from apps.configurations.operations import lock_counter
from apps.core import door
from apps.core.errors import Invalid
from apps.quotas.operations import lock_usage
from apps.scaling_policies.models import Metric
from apps.scaling_policies.operations import Bounds
from apps.services import many, operations
from apps.services.imports import (
    ASIDE,
    COLUMNS,
    KEYS,
    Plan,
    import_services,
    plan_import,
    read_rows,
)
from apps.services.models import ComponentType, ComputeTarget, RuntimeService, ServiceStatus
from apps.services.specs import FIELDS, ServiceSpec

DRY_RUN = Query("dryRun", choices=["true", "false"], description="Whether nothing is done.")
READ, WRITE = "runtime.services.read", "runtime.services.write"
LIVE = "live"


class Scaling(Shape):
    """Bounds of a service that is made; absent, it has as many replicas as it says."""

    metric = serializers.ChoiceField(Metric.choices, default=Metric.CPU)
    minReplicas = serializers.IntegerField(min_value=0, max_value=99_999)
    maxReplicas = serializers.IntegerField(min_value=0, max_value=99_999)
    targetUtilizationPercent = serializers.IntegerField(min_value=1, max_value=100, default=80)


class ServiceChange(Shape):
    """What may be changed of a service."""

    image = serializers.CharField(max_length=400)
    version = serializers.CharField(max_length=160)
    replicas = serializers.IntegerField(min_value=0, max_value=99_999)
    componentType = serializers.ChoiceField(ComponentType.choices, default=ComponentType.OTHER)
    computeTarget = serializers.ChoiceField(ComputeTarget.choices, default=ComputeTarget.KUBERNETES)
    endpointUrl = serializers.CharField(max_length=400, allow_blank=True, default="")
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NewService(ServiceChange):
    """A service to be made."""

    environmentId = serializers.UUIDField()
    moduleId = serializers.CharField(max_length=120)
    scaling = Scaling(required=False)


class NamedChange(ServiceChange):
    """What may be changed of one of many."""

    serviceId = serializers.UUIDField()
    ifMatch = serializers.CharField(max_length=200, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Of many only what is named changes; which one is always named."""
        found: dict[str, Any] = super().get_fields()
        for name, field in found.items():
            field.required = name == "serviceId"
            field.default = serializers.empty
        return found


class NamedService(Reason):
    """One of many; the reason of all is the first that is given."""

    serviceId = serializers.UUIDField()
    ifMatch = serializers.CharField(max_length=200, required=False)


class Service(Shape):
    """A service of the live inventory, or one that is retired and kept for its window."""

    serviceId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    moduleId = serializers.CharField()
    componentType = serializers.ChoiceField(ComponentType.choices)
    image = serializers.CharField()
    version = serializers.CharField()
    computeTarget = serializers.ChoiceField(ComputeTarget.choices)
    replicas = serializers.IntegerField()
    endpointUrl = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(ServiceStatus.choices)
    deploymentId = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    lastObservedAt = serializers.DateTimeField(allow_null=True)
    retiredAt = serializers.DateTimeField(allow_null=True)


_CELL = {"type": ["string", "integer", "null"]}
Row = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys((*COLUMNS, *KEYS, *ASIDE), _CELL),
}


class Refusal(Shape):
    """What is wrong with a row, counted from 0; without an index with the file as a whole."""

    index = serializers.IntegerField(required=False)
    field = serializers.CharField(allow_blank=True)
    messages = serializers.ListField(child=serializers.CharField())


class ImportPlan(Shape):
    """What an import does, or would do, by moduleId."""

    dryRun = serializers.BooleanField()
    new = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())
    refused = Refusal(many=True)


def _of_status(value: str) -> Q:
    return ~Q(status=ServiceStatus.RETIRED) if value == LIVE else Q(status=value)


EXAMPLE = {
    "environmentId": "0199a1b2-0000-7000-8000-000000000001",
    "moduleId": "cart", "image": "registry.example/cart:2.4.1", "version": "2.4.1", "replicas": 3,
    "componentType": "microservice", "computeTarget": "kubernetes",
}  # fmt: skip


class ServiceViewSet(ApiViewSet):
    """Services of the tenant, in all environments that its bindings admit."""

    filters = (
        Query("environmentId", "environment_id", "uuid"),
        Query("status", choices=[LIVE, *ServiceStatus.values], condition=_of_status,
              description="`live`, where absent: all but the retired."),
        Query("componentType", "component_type", choices=ComponentType.values),
        Query("moduleId", "module_id"),
        Query("moduleIdPrefix", "module_id__prefix", description="The beginning of moduleId."),
    )  # fmt: skip
    orders = {"moduleId": ("module_id", "id"), "-moduleId": ("-module_id", "-id")}
    parser_classes = [JsonParser, NdjsonParser, CsvParser]
    defaults = {"status": LIVE}
    volatile = ("lastObservedAt",)

    def rows(self) -> Any:
        return RuntimeService.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            **row.as_api(),
            "tenantId": row.tenant_id,
            "createdAt": at(row.created_at),
            "lastObservedAt": at(row.last_observed_at),
            "retiredAt": at(row.retired_at),
        }

    @operation(READ, answers=Service, page=True)
    def list(self, request: Any) -> Response:
        """Services by moduleId, page by page."""
        return self.page()

    @operation(READ, answers=Service, export=True)
    def export(self, request: Any) -> Any:
        """Services as a file: all that the filters leave."""
        return exported(self)

    @operation(READ, answers=Service)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One service."""
        return self.answer(self.found())

    @operation(WRITE, takes=NewService, answers=Service, status=201, bulk=True, example=EXAMPLE)
    def create(self, request: Any) -> Response:
        """Makes a service, or all of an array or none, as one deployment."""
        data, are_many = request.data, isinstance(request.data, list)
        wanted = checked(NewService, data, many=True) if are_many else [checked(NewService, data)]
        made = operations.create_services([_spec(one) for one in wanted], reason=_reason(wanted))
        if are_many:
            results = self.chosen([self.represent(service) for service in made])
            return Response({"results": results}, status=201)
        return self.answer(made[0], 201)

    @operation(WRITE, takes=ServiceChange, answers=Service, guarded=True,
               lock=lambda: (lock_counter(), lock_usage()), example={"replicas": 5})  # fmt: skip
    def partial_update(self, request: Any, id: Any) -> Response:
        """Changes what is named; what leaves everything as it was changes nothing."""
        return self.answer(operations.change_service(id, **self.input(partial=True)))

    @operation(WRITE, takes=Row, answers=ImportPlan, array=True, tagged=True,
               queries=(HERE, DRY_RUN),
               media_types=("application/json", "application/x-ndjson", "text/csv"))  # fmt: skip
    def import_rows(self, request: Any) -> Response:
        """Makes and changes services as rows say, all or none, as one deployment; retires none.

        What a row does not tell stays as it is. A dry run lists what would be done and every row
        that would be refused; its ETag is the If-Match of the import, needed in a prod environment.
        """
        is_dry = request.GET.get("dryRun") == "true"
        rows = _rows(request)
        with door.atomic():
            if not is_dry:
                lock_counter()
                lock_usage()
            plan = plan_import(rows)
            etag = versions.etag_of(vars(plan))
            if not is_dry:
                self._check_plan(plan, etag)
                import_services(rows, reason="imported")
        told = {name: getattr(plan, name) for name in ("new", "changed", "unchanged")}
        answer = {"dryRun": is_dry, **told, "refused": _refused(plan)}
        return Response(self.chosen([answer])[0], headers={"ETag": etag})

    def _check_plan(self, plan: Plan, etag: str) -> None:
        given = self.request.headers.get("If-Match")
        if given is None and (door.entered().binding or {}).get("stage") == "prod":
            raise Problem("precondition-required", "Send If-Match with the ETag of a dry run.")
        if plan.refused:
            raise Problem("invalid", "Nothing was imported.", {"errors": _refused(plan)})
        versions.check(given, etag)

    @operation(WRITE, takes=NamedChange, answers=Service, array=True, each=True, queries=(HERE,))
    def update_many(self, request: Any) -> Response:
        """Changes what is named of each, all or none, as one deployment."""
        wanted = self.inputs()
        reason = _reason(wanted)
        with door.atomic():
            self.check_versions(many.lock_services([one["service_id"] for one in wanted]), wanted)
            changes = {
                one["service_id"]: {k: v for k, v in one.items() if k in FIELDS} for one in wanted
            }
            return self.answers(many.change_services(changes, reason=reason))

    def _move(self, verb: str) -> Response:
        wanted = self.inputs()
        ids = [one["service_id"] for one in wanted]
        with door.atomic():
            self.check_versions(many.lock_services(ids), wanted)
            return self.answers(many.move_services(ids, verb, reason=_reason(wanted)))

    @operation(WRITE, takes=NamedService, answers=Service, array=True, each=True, queries=(HERE,))
    def run_many(self, request: Any) -> Response:
        """Pending, Degraded or Stopped to Running, all or none."""
        return self._move("run")

    @operation(WRITE, takes=NamedService, answers=Service, array=True, each=True, queries=(HERE,))
    def degrade_many(self, request: Any) -> Response:
        """Running or Stopped to Degraded, all or none."""
        return self._move("degrade")

    @operation(WRITE, takes=NamedService, answers=Service, array=True, each=True, queries=(HERE,))
    def stop_many(self, request: Any) -> Response:
        """Pending, Running or Degraded to Stopped, all or none."""
        return self._move("stop")

    @operation(WRITE, takes=NamedService, answers=Service, array=True, each=True, queries=(HERE,))
    def start_many(self, request: Any) -> Response:
        """Stopped to Pending, all or none."""
        return self._move("start")

    @operation(WRITE, takes=NamedService, answers=Service, array=True, each=True, queries=(HERE,))
    def retire_many(self, request: Any) -> Response:
        """Any live state to Retired, which is final, all or none."""
        return self._move("retire")

    @operation(WRITE, takes=Reason, answers=Service, guarded=True)
    def run(self, request: Any, id: Any) -> Response:
        """Pending, Degraded or Stopped to Running: it was seen at work."""
        return self.answer(operations.run_service(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=Service, guarded=True)
    def degrade(self, request: Any, id: Any) -> Response:
        """Running or Stopped to Degraded: it was seen ailing."""
        return self.answer(operations.degrade_service(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=Service, guarded=True)
    def stop(self, request: Any, id: Any) -> Response:
        """Pending, Running or Degraded to Stopped."""
        return self.answer(operations.stop_service(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=Service, guarded=True)
    def start(self, request: Any, id: Any) -> Response:
        """Stopped to Pending."""
        return self.answer(operations.start_service(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=Service, guarded=True)
    def retire(self, request: Any, id: Any) -> Response:
        """Any live state to Retired, which is final; its window of 90 days begins."""
        return self.answer(operations.retire_service(id, **self.input()))


def _spec(given: dict[str, Any]) -> ServiceSpec:
    scaling = given.pop("scaling", None)
    named = {
        name: value for name, value in given.items() if name not in ("environment_id", "reason")
    }
    return ServiceSpec(**named, bounds=Bounds(*scaling.values()) if scaling else None)


def _reason(wanted: list[dict[str, Any]]) -> str:
    """Of the one deployment of all: the first that is given."""
    return next((one["reason"] for one in wanted if one.get("reason")), "")


def _rows(request: Any) -> list[Any]:
    """Of an array, lines of JSON or a table; what is none is refused as a whole."""
    data = request.data
    if isinstance(data, bytes):
        format = "csv" if request.content_type.startswith("text/csv") else "ndjson"
        try:
            return read_rows(data.decode("utf-8-sig"), format)
        except UnicodeDecodeError as error:
            raise Invalid("The rows are not UTF-8.") from error
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Invalid("Send an array of rows.")
    return data


def _refused(plan: Plan) -> list[dict[str, Any]]:
    found = []
    for one in plan.refused:
        place = {"index": one.row - 1} if one.row else {}
        found.append({**place, "field": one.field, "messages": [one.problem]})
    return found
