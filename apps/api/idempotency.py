"""Idempotency-Key: a POST that is sent again within 24 hours is answered again and not done again.

Promises: the reservation is a row in the transaction of the change, so that either both are there
or neither; whoever comes with the same key meanwhile waits for that transaction, ten seconds at
most. Only answers of successes are kept: what was refused has changed nothing and is asked anew.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connections
from django.db.models.functions import Now
from django.http import HttpResponse

from apps.api.models import KEPT, KeptAnswer
from apps.api.problems import Problem
from apps.core import door
from apps.core.ids import uuid7

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_HEADERS = ("Content-Type", "Location", "ETag")
_WAIT_MS = 10_000
_RESERVE = """
INSERT INTO public.api_keptanswer
  (id, tenant_id, client_id, key, fingerprint, request_id, headers, body)
VALUES (%s, %s, %s, %s, %s, %s, '{}', '')
ON CONFLICT (tenant_id, client_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, request_id = excluded.request_id, status = NULL
  WHERE api_keptanswer.made_at <= now() - %s
RETURNING id
"""


@dataclass(frozen=True)
class Again(Exception):
    """The same request was answered before: its answer, as it was."""

    kept: KeptAnswer

    def response(self) -> HttpResponse:
        response = HttpResponse(self.kept.body, status=self.kept.status or 200)
        for name, value in self.kept.headers.items():
            response[name] = value
        response[REPLAYED] = "true"
        return response


def reserve(key: str, fingerprint: str) -> Any:
    """The id of the row to keep the answer in. Raises Again, or a Problem for another request.

    The door is open for writing; the row stands or falls with its transaction.
    """
    if not 1 <= len(key) <= 255 or not key.isprintable() or not key.isascii():
        raise Problem("malformed-request", f"{HEADER} must be 1 to 255 printable characters.")
    entered = door.entered()
    connection = connections[entered.alias]
    keys = {"tenant_id": entered.tenant_id, "client_id": entered.actor.id, "key": key}
    request_id = entered.actor.request_id or str(uuid7())
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {_WAIT_MS}")
            values: list[Any] = [uuid7(), *keys.values(), fingerprint, request_id, KEPT]
            cursor.execute(_RESERVE, values)
            made = cursor.fetchone()
            cursor.execute("SET LOCAL lock_timeout = 0")
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == "55P03":
            raise Problem("too-early", headers={"Retry-After": "5"}) from error
        raise
    if made is not None:
        return made[0]
    kept = KeptAnswer.objects.get(**keys)
    if kept.fingerprint != fingerprint:
        raise Problem("idempotency-conflict", "Use another key: this one stands for another body.")
    raise Again(kept)


def keep(row: Any, response: Any) -> None:
    """The answer of a success, rendered, beside what it tells of."""
    KeptAnswer.objects.filter(id=row, tenant_id=door.tenant()).update(
        status=response.status_code,
        headers={name: response[name] for name in _HEADERS if response.has_header(name)},
        body=response.content.decode(),
    )


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\x00".join([method.encode(), path.encode(), body])).hexdigest()


def forget_answers() -> int:
    """Those older than 24 hours go; how many. As owner, behind the platform's door."""
    gone, _ = KeptAnswer.objects.filter(made_at__lte=Now() - KEPT).delete()
    return gone
