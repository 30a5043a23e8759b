"""A tenant's chains as the lines that `verify_audit --file` takes, batch by batch.

Promises: each chain is whole up to the head that was read first, whatever is written meanwhile; the
door opens anew for each batch, so that who may not read any more gets no further line.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections

from apps.core import door
from apps.core.chain import Head
from apps.core.chain_reading import SEALED, Place, chains_in, head_of, part
from apps.core.door import Door
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.streaming import places_of

READ = "runtime.audit.read"


def chain_lines(entered: Door) -> Iterator[bytes]:
    """`entered` may be shut by then: only who it was matters."""
    partitions = places_of(entered, control_plane=True)
    for where in partitions:
        for chain, places in _read(entered, where, chains_in, where):
            # What is sealed and goes on has come with the partition it goes on in.
            if places == [SEALED] and chain in partitions:
                continue
            head = _read(entered, where, head_of, places[-1], chain)
            yield _line({"head": head.as_json()})
            for place in places:
                yield from _entries(entered, where, place, head)


def _entries(entered: Door, where: str, place: Place, head: Head) -> Iterator[bytes]:
    after: int | None = None
    while found := _read(entered, where, part, place, head.chain, after, head.number):
        yield b"".join(map(_line, found))
        after = found[-1]["number"]


def _read(
    entered: Door, where: str, read: Callable[..., Any], place: Place | str, *arguments: Any
) -> Any:
    """What `read` finds there, behind a door of its own."""
    tenant_id = entered.tenant_id or ""
    with enter_tenant(tenant_id, actor=entered.actor, partition=where):
        door.require(READ)
        with connections[door.current_alias()].cursor() as cursor:
            return read(cursor, place, tenant_id, *arguments)


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
