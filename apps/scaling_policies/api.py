"""Scaling policies by the API."""

from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import HERE, Query
from apps.api.shapes import Shape
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.core.errors import Invalid
from apps.quotas.operations import lock_usage
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.scaling_policies.operations import (
    bounds_of,
    change_policies,
    change_policy,
    lock_policies,
)

BOUNDS = ("metric", "min_replicas", "max_replicas", "target_utilization_percent")
READ, WRITE = "runtime.scaling.read", "runtime.scaling.write"


class PolicyChange(Shape):
    """What may be changed of a policy."""

    metric = serializers.ChoiceField(Metric.choices)
    minReplicas = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    maxReplicas = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    targetUtilizationPercent = serializers.IntegerField(min_value=1, max_value=100)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NamedPolicyChange(PolicyChange):
    """What may be changed of one of many."""

    scalingPolicyId = serializers.UUIDField()
    ifMatch = serializers.CharField(max_length=200, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Of many only what is named changes; which one is always named."""
        found: dict[str, Any] = super().get_fields()
        for name, field in found.items():
            field.required = name == "scalingPolicyId"
        return found


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

    @operation(READ, answers=Policy, export=True)
    def export(self, request: Any) -> Any:
        """Policies as a file: all that the filters leave."""
        return exported(self)

    @operation(READ, answers=Policy)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One policy."""
        return self.answer(self.found())

    @operation(WRITE, takes=NamedPolicyChange, answers=Policy, array=True, each=True,
               queries=(HERE,))  # fmt: skip
    def update_many(self, request: Any) -> Response:
        """Changes the bounds that are named of each, all or none, within the binding's quota."""
        wanted = self.inputs()
        reason = next((one["reason"] for one in wanted if one.get("reason")), "")
        with door.atomic():
            rows = lock_policies([one["scaling_policy_id"] for one in wanted])
            self.check_versions(rows, wanted)
            bounds = {
                row.service_id: replace(
                    bounds_of(row), **{k: v for k, v in one.items() if k in BOUNDS}
                )
                for row, one in zip(rows, wanted, strict=True)
            }
            try:
                change_policies(bounds, reason=reason)
            except Invalid as error:
                raise _by_place(error, list(bounds)) from error
            found = self.rows().in_bulk([row.id for row in rows])
            return self.answers([found[row.id] for row in rows])

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


def _by_place(error: Invalid, services: list[Any]) -> Invalid:
    """`<serviceId>.<field>` as the item that it was sent in."""
    places = {str(service): place for place, service in enumerate(services)}
    fields = {}
    for name, messages in error.fields.items():
        service, _, field = name.partition(".")
        fields[f"policies[{places[service]}].{field}"] = messages
    return Invalid(error.message, fields=fields)
