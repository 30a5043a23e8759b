"""A tenant's chains as the lines that `verify_audit --file` takes, batch by batch.

Promises: each chain is whole up to the head that was read first, whatever is written meanwhile; the
door opens anew for each batch, so that who may not read any more gets no further line.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections

from apps.core import door
from apps.core.chain_reading import chains_in, head_of, part
from apps.core.door import Door
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.streaming import places_of

READ = "runtime.audit.read"


def chain_lines(entered: Door) -> Iterator[bytes]:
    """`entered` may be shut by then: only who it was matters."""
    for place in places_of(entered, control_plane=True):
        for chain in _read(entered, place, chains_in):
            head = _read(entered, place, head_of, chain)
            yield _line({"head": head.as_json()})
            after: int | None = None
            while found := _read(entered, place, part, chain, after, head.number):
                yield b"".join(map(_line, found))
                after = found[-1]["number"]


def _read(entered: Door, place: str, read: Callable[..., Any], *arguments: Any) -> Any:
    """What `read` finds there, behind a door of its own."""
    tenant_id = entered.tenant_id or ""
    with enter_tenant(tenant_id, actor=entered.actor, partition=place):
        door.require(READ)
        with connections[door.current_alias()].cursor() as cursor:
            return read(cursor, place, tenant_id, *arguments)


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
