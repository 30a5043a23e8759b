"""A client of the API: JSON in and out, a token, headers by their names."""

import json
from collections.abc import Sequence
from typing import Any

from django.test import Client

from apps.core import door
from apps.core.access import TOKEN_SCOPES
from apps.core.ids import uuid7
from apps.people.operations import create_api_client
from apps.tenant_bindings.context import enter_tenant
from tests.world import OPERATOR

V1 = "/v1/runtime"


class Caller:
    """Answers have `.data`: the JSON, if any."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("Content-Type", "application/json")
        body = data if isinstance(data, bytes | str) else b"" if data is None else json.dumps(data)
        url = path if path.startswith("/v1") else V1 + path
        response: Any = self.client.generic(
            method, url, body, content_type=kind, headers={**given, **named}
        )
        if response.streaming:
            response.file = b"".join(response.streaming_content)
            response.data = None
            return response
        text = response.content
        response.data = json.loads(text) if text else None
        return response

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self("POST", path, data, **headers)

    def patch(self, path: str, data: Any = None, **headers: str) -> Any:
        return self("PATCH", path, data, **headers)


def token_of(tenant: str, scopes: Sequence[str] = tuple(TOKEN_SCOPES), **more: Any) -> str:
    """Of a new client, in the transaction there is."""
    return new_client(tenant, scopes, **more)[1]


def new_client(tenant: str, scopes: Sequence[str] = tuple(TOKEN_SCOPES), **more: Any) -> Any:
    with (
        door.using("owner"),
        enter_tenant(tenant, actor=OPERATOR, partition="public", writing=True),
    ):
        return create_api_client(
            tenant_id=tenant, name=f"of a test {uuid7()}", scopes=list(scopes), **more
        )
