"""The quota, held where it is spent.

Promises: two writers never both fit into the last unit. Whoever spends locks the usage row of
tenant and environment first, reads the binding's limits after that, and holds the row until the
commit; the limits bound what grows, so that an environment over a lowered quota can still shrink.

- computeReplicas: the replicas of the live services (a stopped one keeps its place, so starting it
  spends nothing), and the sum of the maxReplicas of their policies: both at most the limit.
- storageGiB: the bytes of step logs, the JSON of configurations, and ROW_BYTES a stored row.

Order of locks, so that no two writers wait for each other: the tenant's own (the door), version
counter, configuration, deployment, step, **usage**, service, scaling policy, audit head. Who
inserts a deployment may wait for another's at its unique key, so usage comes after it. A purge
gives back in the same order (apps.retention.purge), and never waits long.

Why not in the database: the limit is the binding's, in the control plane, which a worker node of
Citus does not have; a trigger sees a row and not a sum; a deferred check is refused there.
"""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from apps.core import door
from apps.core.errors import Refused
from apps.core.ids import uuid7
from apps.quotas.models import Usage
from apps.quotas.queries import GIB, ROW_BYTES, limits, replicas, stored_bytes


class OverQuota(Refused):
    """More than the binding allows; `fields` names what is too much, in the API's words."""


def lock_usage() -> Usage:
    """The usage row of the environment entered, locked. Made by whoever comes first."""
    keys = {"tenant_id": door.tenant(), "environment_id": door.environment()}
    found = Usage.objects.select_for_update().filter(**keys).first()
    if found is None:
        # ON CONFLICT waits for a concurrent first writer instead of raising.
        new = Usage(id=uuid7(), storage_bytes=stored_bytes(door.environment()), **keys)
        Usage.objects.bulk_create([new], ignore_conflicts=True)
        found = Usage.objects.select_for_update().get(**keys)
    return found


@contextlib.contextmanager
def within_replicas() -> Iterator[None]:
    """Around whatever changes replicas or bounds: OverQuota undoes it where it grew too much.

    Holds the usage row's lock until the commit.
    """
    with door.atomic():
        lock_usage()
        limit = limits(door.environment()).replicas
        before = replicas(door.environment()) if limit is not None else (0, 0)
        yield
        if limit is not None:
            _check_replicas(before, replicas(door.environment()), limit)


def _check_replicas(before: tuple[int, int], after: tuple[int, int], limit: int) -> None:
    fields = {
        name: [
            f"{now} replicas would be {what}; the quota allows {limit}, "
            f"{max(limit - was, 0)} are free"
        ]
        for name, what, was, now in (
            ("replicas", "used", before[0], after[0]),
            ("maxReplicas", "promised", before[1], after[1]),
        )
        if now > limit and now > was
    }
    if fields:
        said = "; ".join(f"{name}: {problem}" for name, [problem] in fields.items())
        raise OverQuota(f"computeReplicas: {said}.", fields=fields)


def spend_storage(*, rows: int = 0, size: int = 0) -> None:
    """Counts what is being stored; OverQuota where it is more than is left.

    Locks the usage row. A negative size gives back.
    """
    more = rows * ROW_BYTES + size
    if more == 0:
        return
    with door.atomic():
        usage = lock_usage()
        limit = limits(door.environment()).storage_gib
        usage.storage_bytes = max(usage.storage_bytes + more, 0)
        if limit is not None and more > 0 and usage.storage_bytes > limit * GIB:
            problem = f"{usage.storage_bytes / GIB:.3f} GiB would be stored; {limit} are allowed"
            raise OverQuota(f"storageGiB: {problem}.", fields={"storageGiB": [problem]})
        usage.save(update_fields=["storage_bytes"])


def payload_size(payload: Any) -> int:
    """What a payload counts for: its JSON as PostgreSQL writes it."""
    return len(json.dumps(payload, ensure_ascii=False).encode())
