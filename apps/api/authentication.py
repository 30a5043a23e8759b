"""Who asks: an API client, by the hash of its token. Revoked or expired is unknown at once."""

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections
from rest_framework.authentication import BaseAuthentication

from apps.api.problems import Problem
from apps.core import door
from apps.core.access import Actor

CHALLENGE = 'Bearer realm="runtime-portal"'
_TOKEN = re.compile(r"rp_[A-Za-z0-9_-]{43}")
# The database keeps the minute of the last use; asking it once a minute a process is enough.
SEEN_EVERY = 60.0
_MOST = 10_000


@dataclass(frozen=True)
class ApiCaller:
    """The client behind a token. `is_authenticated` is asked by the framework."""

    actor: Actor
    tenant_id: str
    scopes: frozenset[str]
    is_authenticated: bool = True

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer rp_…`. One statement; raises the 401 itself."""

    def authenticate(self, request: Any) -> tuple[ApiCaller, None]:
        given = request.headers.get("Authorization", "")
        kind, _, token = given.partition(" ")
        if not given:
            raise _unknown("Send Authorization: Bearer with an API token.")
        if kind.lower() != "bearer" or not _TOKEN.fullmatch(token.strip()):
            raise _unknown("The Authorization header holds no API token.", "invalid_token")
        digest = hashlib.sha256(token.strip().encode()).digest()
        found = _client(digest)
        if found is None:
            raise _unknown("The token is unknown, revoked or expired.", "invalid_token")
        _seen.note(UUID(found["id"]), digest)
        actor = Actor(
            "client",
            UUID(found["id"]),
            found["name"],
            request.META.get("REMOTE_ADDR", ""),
            getattr(request, "request_id", ""),
        )
        request._request.actor = actor
        return ApiCaller(actor, found["tenant"], frozenset(found["scopes"])), None

    def authenticate_header(self, request: Any) -> str:
        return CHALLENGE


def _client(digest: bytes) -> Any:
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT app.client_by_token(%s)", [digest])
        found = cursor.fetchone()[0]
    return json.loads(found) if isinstance(found, str) else found


def _unknown(detail: str, error: str = "") -> Problem:
    challenge = f'{CHALLENGE}, error="{error}"' if error else CHALLENGE
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge})


class _Seen:
    """Tells the database of a use where this process has not done so for a minute."""

    def __init__(self) -> None:
        self._told: dict[UUID, float] = {}
        self._lock = threading.Lock()

    def note(self, client: UUID, digest: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._told.get(client, -SEEN_EVERY) < SEEN_EVERY:
                return
            if len(self._told) >= _MOST:
                self._told.clear()
            self._told[client] = now
        with connections[door.current_alias()].cursor() as cursor:
            cursor.execute("SELECT app.client_seen(%s)", [digest])


_seen = _Seen()
