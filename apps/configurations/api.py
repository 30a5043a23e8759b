"""Configurations by the API."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.exporting import exported
from apps.api.operation import operation
from apps.api.queries import Query
from apps.api.shapes import Reason, Shape, at
from apps.api.viewsets import ApiViewSet
from apps.configurations import operations
from apps.configurations.models import ConfigurationStatus, RuntimeConfiguration

READ, WRITE = "runtime.configurations.read", "runtime.configurations.write"


class Payload(Shape):
    """A JSON object. Secrets are references: {"secretRef": "kv://<vault>/<name>"}."""

    payload = serializers.DictField()


class NewConfiguration(Payload):
    """A draft to be made."""

    environmentId = serializers.UUIDField()


class Configuration(Shape):
    """A version of an environment's configuration."""

    configurationId = serializers.UUIDField()
    tenantId = serializers.CharField()
    environmentId = serializers.UUIDField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(ConfigurationStatus.choices)
    checksum = serializers.CharField()
    payload = serializers.DictField()
    createdBy = serializers.CharField(allow_blank=True)
    createdAt = serializers.DateTimeField()
    publishedAt = serializers.DateTimeField(allow_null=True)


class ConfigurationViewSet(ApiViewSet):
    """Versions of the configurations of the tenant's environments."""

    filters = (
        Query("environmentId", "environment_id", "uuid"),
        Query("status", "status", choices=ConfigurationStatus.values),
    )

    def rows(self) -> Any:
        return RuntimeConfiguration.objects.all()

    def represent(self, row: Any) -> dict[str, Any]:
        return {
            **row.as_api(),
            "tenantId": row.tenant_id,
            "payload": row.payload,
            "createdBy": row.created_by,
            "createdAt": at(row.created_at),
            "publishedAt": at(row.published_at),
        }

    @operation(READ, answers=Configuration, page=True)
    def list(self, request: Any) -> Response:
        """Versions, newest first."""
        return self.page()

    @operation(READ, answers=Configuration, export=True)
    def export(self, request: Any) -> Any:
        """Versions as a file: all that the filters leave."""
        return exported(self)

    @operation(READ, answers=Configuration)
    def retrieve(self, request: Any, id: Any) -> Response:
        """One version."""
        return self.answer(self.found())

    @operation(WRITE, takes=NewConfiguration, answers=Configuration, status=201)
    def create(self, request: Any) -> Response:
        """Makes a draft with the environment's next version."""
        made = operations.draft_configuration(payload=self.input()["payload"])
        made.refresh_from_db()
        return self.answer(made, 201)

    @operation(WRITE, takes=Payload, answers=Configuration, guarded=True)
    def partial_update(self, request: Any, id: Any) -> Response:
        """Changes the payload of a draft."""
        return self.answer(operations.edit_configuration(id, **self.input()))

    @operation(WRITE, takes=Reason, answers=Configuration, guarded=True,
               lock=operations.lock_counter)  # fmt: skip
    def publish(self, request: Any, id: Any) -> Response:
        """Draft to Published; the one before is Superseded."""
        operations.publish_configuration(id, **self.input())
        return self.answer(self.rows().get(id=id))

    @operation(WRITE, takes=Reason, answers=Configuration, guarded=True)
    def discard(self, request: Any, id: Any) -> Response:
        """Draft to Discarded; its number is not given again."""
        return self.answer(operations.discard_configuration(id, **self.input()))
