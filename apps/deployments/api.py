"""Deployments by the API."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import NeededReason, Shape, at
from apps.api.viewsets import ApiViewSet
from apps.deployments import marks, operations, rollback
from apps.deployments.models import DeploymentStatus, Gate, RuntimeDeployment, Strategy
from apps.scaling_policies.models import Metric
from apps.services.imports import MOST_ROWS, roll_out_services
from apps.services.models import ComponentType, ComputeTarget

READ, WRITE = "runtime.deployments.read", "runtime.deployments.write"
ROLL_OUT = "runtime.services.write"
EXAMPLE = {
    "services": [{"moduleId": "cart", "image": "registry.example/cart:2.5.0", "version": "2.5.0"}]
}


class NewDeployment(Shape):
    """A deployment to be requested."""

    environmentId = serializers.UUIDField()
    releaseRef = serializers.CharField(max_length=200)
    strategy = serializers.ChoiceField(Strategy.choices, default=Strategy.ROLLING)
    gate = serializers.ChoiceField(Gate.choices, default=Gate.HEALTH)
    steps = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=100, required=False
    )
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class Seen(Shape):
    """The status that was seen; where it has moved on since, nothing is done."""

    seen = serializers.ChoiceField(DeploymentStatus.choices, required=False)


class Return(NeededReason):
    """Which earlier Completed deployment is returned to."""

    returnsTo = serializers.UUIDField()
    gate = serializers.ChoiceField(Gate.choices, default=Gate.HEALTH)


class Row(Shape):
    """A service as it is to be. What is absent stays as it is; a new one needs the first four."""

    moduleId = serializers.CharField(max_length=120)
    image = serializers.CharField(max_length=400, required=False)
    version = serializers.CharField(max_length=160, required=False)
    replicas = serializers.IntegerField(min_value=0, max_value=99_999, required=False)
    componentType = serializers.ChoiceField(ComponentType.choices, required=False)
    computeTarget = serializers.ChoiceField(ComputeTarget.choices, required=False)
    endpointUrl = serializers.CharField(max_length=400, required=False, allow_blank=True)
    metric = serializers.ChoiceField(Metric.choices, required=False)
    minReplicas = serializers.IntegerField(min_value=0, max_value=99_999, required=False)
    maxReplicas = serializers.IntegerField(min_value=0, max_value=99_999, required=False)
    targetUtilizationPercent = serializers.IntegerField(min_value=1, max_value=100, required=False)


class Rows(Shape):
    """What a deployment rolls out."""

    services = serializers.ListField(child=Row(), min_length=1, max_length=MOST_ROWS)


class RolledOut(Shape):
    """moduleIds by what was done to them."""

    new = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    unchanged = serializers.ListField(child=serializers.CharField())


class Deployment(Shape):
    """A deployment to one environment."""

    deploymentId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    releaseRef = serializers.CharField()
    strategy = serializers.ChoiceField(Strategy.choices)
    status = serializers.ChoiceField(DeploymentStatus.choices)
    gate = serializers.ChoiceField(Gate.choices)
    configurationId = serializers.UUIDField()
    previousDeploymentId = serializers.UUIDField(allow_null=True)
    undoesDeploymentId = serializers.UUIDField(allow_null=True)
    returnsToDeploymentId = serializers.UUIDField(allow_null=True)
    requestedBy = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    badReason = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(allow_null=True)
    deadlineAt = serializers.DateTimeField(allow_null=True)


class DeploymentViewSet(ApiViewSet):
    """Deployments of the tenant, in all environments that its bindings admit."""

    filters = (
        Query("environmentId", "environment_id", "uuid"),
        Query("status", "status", choices=DeploymentStatus.values),
    )
    volatile = ("deadlineAt",)

    def rows(self) -> Any:
        return RuntimeDeployment.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        previous = row.previous_deployment_id
        return {
            **row.as_api(),
            "tenantId": row.tenant_id,
            "previousDeploymentId": str(previous) if previous else None,
            "requestedBy": row.requested_by,
            "reason": row.reason,
            "badReason": row.bad_reason,
            "createdAt": at(row.created_at),
            "finishedAt": at(row.finished_at),
            "deadlineAt": at(row.deadline_at),
        }

    def _now(self, deployment: RuntimeDeployment, status: int = 200) -> Response:
        """As the database has it, whose clock it carries; a new one with its place."""
        row = self.rows().get(id=deployment.id)
        return self.answer(row, status, f"/v1/runtime/deployments/{row.id}")

    @operation(READ, answers=Deployment, page=True)
    def list(self, request: Any) -> Response:
        """Deployments, newest first."""
        return self.page()

    @operation(READ, answers=Deployment, export=True)
    def export(self, request: Any) -> Any:
        """Deployments as a file: all that the filters leave."""
        return exported(self)

    @operation(READ, answers=Deployment)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One deployment."""
        return self.answer(self.found())

    @operation(WRITE, takes=NewDeployment, answers=Deployment, status=201)
    def create(self, request: Any) -> Response:
        """Requests a deployment on the Published configuration."""
        given = self.input()
        given.pop("environment_id")
        return self._now(operations.request_deployment(**given), 201)

    @operation(WRITE, takes=Seen, answers=Deployment, guarded=True)
    def advance(self, request: Any, id: Any) -> Response:
        """Along the way to Completed by one state; at the gate while it passes."""
        return self._now(operations.advance_deployment(id, **self.input()))

    @operation(ROLL_OUT, takes=Rows, answers=RolledOut, guarded=True, example=EXAMPLE)
    def roll_out(self, request: Any, id: Any) -> Response:
        """Makes or changes services as its work, while it is RollingOut; sent again, no change."""
        self.input()
        plan = roll_out_services(request.data["services"], deployment_id=id)
        return Response({"new": plan.new, "changed": plan.changed, "unchanged": plan.unchanged})

    @operation(WRITE, takes=NeededReason, answers=Deployment, guarded=True)
    def fail(self, request: Any, id: Any) -> Response:
        """Any state that is not final to Failed; it undoes nothing."""
        return self._now(operations.fail_deployment(id, **self.input()))

    @operation(WRITE, takes=NeededReason, answers=Deployment, guarded=True)
    def back_out(self, request: Any, id: Any) -> Response:
        """HealthGating to RollingBack."""
        return self._now(operations.back_out_deployment(id, **self.input()))

    @operation(WRITE, takes=Seen, answers=Deployment, guarded=True)
    def finish_back_out(self, request: Any, id: Any) -> Response:
        """RollingBack to RolledBack."""
        return self._now(operations.finish_back_out_deployment(id, **self.input()))

    @operation(WRITE, takes=NeededReason, answers=Deployment, guarded=True)
    def mark_bad(self, request: Any, id: Any) -> Response:
        """No rollback returns to it any more."""
        return self._now(marks.mark_bad(id, **self.input()))

    @operation(WRITE, takes=NeededReason, answers=Deployment, guarded=True)
    def clear_bad(self, request: Any, id: Any) -> Response:
        """It may be returned to again."""
        return self._now(marks.clear_bad(id, **self.input()))

    @operation(WRITE, takes=Return, answers=Deployment, status=201, guarded=True)
    def rollback(self, request: Any, id: Any) -> Response:
        """Makes a new deployment that returns to an earlier Completed one."""
        given = self.input()
        to = given.pop("returns_to")
        return self._now(rollback.roll_back(deployment_id=id, to=to, **given), 201)
