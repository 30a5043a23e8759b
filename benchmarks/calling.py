"""Asking the API with a token of a tenant, through the whole middleware."""

from typing import Any

from django.test import Client

from apps.core import door
from apps.core.access import TOKEN_SCOPES
from apps.people.operations import create_api_client
from apps.tenant_bindings.context import enter_tenant
from benchmarks.filling import OPERATOR, Filled


class Caller:
    """Raises where the answer is another than the one that is expected."""

    def __init__(self, filled: Filled) -> None:
        with (
            door.using("owner"),
            enter_tenant(filled.slug, actor=OPERATOR, partition="public", writing=True),
        ):
            _, token = create_api_client(
                tenant_id=filled.slug, name="benchmarks", scopes=sorted(TOKEN_SCOPES)
            )
        self._client = Client()
        self._headers: dict[str, Any] = {"Authorization": f"Bearer {token}"}

    def post(self, path: str, body: bytes, expected: int) -> None:
        url = f"/v1/runtime/{path}"
        response = self._client.generic(
            "POST", url, body, content_type="application/json", headers=self._headers
        )
        if response.status_code != expected:
            raise RuntimeError(f"{url} answered {response.status_code}: {response.content[:300]!r}")
