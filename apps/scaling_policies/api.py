"""Scaling policies by the API."""

from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Shape
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.quotas.operations import lock_usage
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.scaling_policies.operations import bounds_of, change_policy

READ, WRITE = "runtime.scaling.read", "runtime.scaling.write"


class PolicyChange(Shape):
    """What may be changed of a policy."""

    metric = serializers.ChoiceField(Metric.choices)
    minReplicas = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    maxReplicas = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    targetUtilizationPercent = serializers.IntegerField(min_value=1, max_value=100)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class Policy(Shape):
    """Governs exactly one service."""

    scalingPolicyId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    serviceId = serializers.UUIDField()
    metric = serializers.ChoiceField(Metric.choices)
    minReplicas = serializers.IntegerField()
    maxReplicas = serializers.IntegerField()
    targetUtilizationPercent = serializers.IntegerField()


class ScalingPolicyViewSet(ApiViewSet):
    """Policies of the tenant's services: each is made, and goes, with its service."""

    filters = (Query("environmentId", "environment_id", "uuid"),)

    def rows(self) -> Any:
        return ScalingPolicy.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        return {**row.as_api(), "tenantId": row.tenant_id}

    @operation(READ, answers=Policy, page=True)
    def list(self, request: Any) -> Response:
        """Policies, newest first."""
        return self.page()

    @operation(READ, answers=Policy)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One policy."""
        return self.answer(self.found())

    @operation(WRITE, takes=PolicyChange, answers=Policy, guarded=True, lock=lock_usage)
    def partial_update(self, request: Any, id: Any) -> Response:
        """Changes the bounds that are named, within the binding's quota."""
        given = self.input(partial=True)
        reason = given.pop("reason", "")
        with door.atomic():
            lock_usage()  # so that what is not named is what it is now
            policy = self.found()
            change_policy(policy.service_id, replace(bounds_of(policy), **given), reason=reason)
        return self.answer(self.found())
