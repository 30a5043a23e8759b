"""Bindings and environments by the API, for reading: both are made from the binding."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Shape, at
from apps.api.viewsets import ApiViewSet
from apps.core import door
from apps.environments.models import EnvironmentStatus, IsolationModel, Stage
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

_FILTERS = (
    Query("stage", "stage", choices=Stage.values),
    Query("isolationModel", "isolation_model", choices=IsolationModel.values),
)


class Quota(Shape):
    """What the binding caps; an absent limit is unlimited."""

    computeReplicas = serializers.IntegerField(required=False)
    storageGiB = serializers.IntegerField(required=False)
    throughputRps = serializers.IntegerField(required=False)


class Binding(Shape):
    """What binds the tenant to an environment."""

    tenantBindingId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    isolationModel = serializers.ChoiceField(IsolationModel.choices)
    quota = Quota()
    networkPartition = serializers.CharField()
    dataPartition = serializers.CharField()
    computePlacement = serializers.CharField()
    status = serializers.ChoiceField([str(status) for status in LIVE])
    createdAt = serializers.DateTimeField()
    activatedAt = serializers.DateTimeField(allow_null=True)


class Environment(Shape):
    """An environment as a tenant that is bound to it may see it."""

    environmentId = serializers.UUIDField()
    tenantId = serializers.CharField()
    projectId = serializers.CharField()
    name = serializers.CharField()
    stage = serializers.ChoiceField(Stage.choices)
    region = serializers.CharField()
    status = serializers.ChoiceField(EnvironmentStatus.choices)
    isolationModel = serializers.ChoiceField(IsolationModel.choices)


class BindingViewSet(ApiViewSet):
    """The tenant's bindings that admit anything."""

    control_plane = True
    filters = (
        Query("environmentId", "environment_id", "uuid"),
        Query("status", "status", choices=[str(status) for status in LIVE]),
        *_FILTERS,
    )

    def rows(self) -> Any:
        return RuntimeTenantBinding.objects.filter(tenant_id=door.tenant(), status__in=LIVE)

    def represent(self, row: Any) -> dict[str, Any]:
        times = {"createdAt": at(row.created_at), "activatedAt": at(row.activated_at)}
        return {**row.as_api(), **times}

    @operation("runtime.bindings.read", answers=Binding, page=True)
    def list(self, request: Any) -> Response:
        """Bindings, newest first."""
        return self.page()

    @operation("runtime.bindings.read", answers=Binding, export=True)
    def export(self, request: Any) -> Any:
        """Bindings as a file: all that the filters leave."""
        return exported(self)

    @operation("runtime.bindings.read", answers=Binding)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One binding."""
        return self.answer(self.found())


class EnvironmentViewSet(ApiViewSet):
    """Environments that the tenant is bound to: never who owns one, nor who else is bound."""

    control_plane = True
    key = "environment_id"
    filters = _FILTERS

    def rows(self) -> Any:
        return RuntimeTenantBinding.objects.filter(tenant_id=door.tenant(), status__in=LIVE)

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            "environmentId": str(row.environment_id),
            "tenantId": row.tenant_id,
            "projectId": row.environment_project,
            "name": row.environment_name,
            "stage": row.stage,
            "region": row.region,
            "status": row.environment_status,
            "isolationModel": row.isolation_model,
        }

    @operation("runtime.environments.read", answers=Environment, page=True)
    def list(self, request: Any) -> Response:
        """Environments, by their bindings, newest first."""
        return self.page()

    @operation("runtime.environments.read", answers=Environment, export=True)
    def export(self, request: Any) -> Any:
        """Environments as a file: all that the filters leave."""
        return exported(self)

    @operation("runtime.environments.read", answers=Environment)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One environment."""
        return self.answer(self.found())
