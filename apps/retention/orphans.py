"""Rows and blobs of step logs against each other, both ways, tenant by tenant.

A blob that no row names is an orphan (whoever lost a race, or a row that was never committed); it
is told, and goes onto the list of what is removed only when its window has passed, counted from
when it was written: the longest of those that apply to a log and to its deployment, because nobody
can say any more when its deployment ended. A path that is of no tenant and environment is told
and never removed. Nothing is deleted here: the list is (apps.retention.step_logs).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.storage import FileSystemStorage, storages

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor
from apps.core.errors import NotFound
from apps.core.ids import uuid7
from apps.deployments.log_storage import StoreDown
from apps.retention.going import rows, table
from apps.retention.models import RemovedLog
from apps.retention.purge import STEPS, partitions
from apps.retention.store import Blob, Store, store
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.models import Tenant

SCOPE = "runtime.governance.write"
# A log is written before its row says so: for so long one may be on its way.
UNDER_WAY = timedelta(hours=1)
MOST_TOLD = 1_000


@dataclass
class Report:
    """What does not match. `orphans`: blobs of no row; `missing`: rows without their blob;
    `differing`: another size than the row says; `strays`: of no tenant and environment;
    `credential`: what the web's may do and must not."""

    orphans: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    differing: list[dict[str, Any]] = field(default_factory=list)
    strays: list[dict[str, Any]] = field(default_factory=list)
    blobs: int = 0
    listed: int = 0
    credential: str = ""

    @property
    def is_wanting(self) -> bool:
        old = any(not orphan["underWay"] for orphan in self.orphans)
        return bool(old or self.missing or self.differing or self.strays or self.credential)

    def as_api(self) -> dict[str, Any]:
        told = {
            name: getattr(self, name)[:MOST_TOLD]
            for name in ("orphans", "missing", "differing", "strays")
        }
        return {
            "blobs": self.blobs,
            **told,
            "counts": {name: len(getattr(self, name)) for name in told},
            "listed": self.listed,
            "credential": self.credential,
        }


def check_step_logs(
    *, tenant_id: str = "", remove: bool = False, actor: Actor,
    say: Callable[[str], None] = lambda line: None,
) -> Report:  # fmt: skip
    """Compares every tenant's rows with the store, or one's. With `remove`, orphans past their
    window go onto the list.

    Raises NotFound (no such tenant), StoreDown (what a store that is down shows says nothing).
    """
    with enter_platform(actor=actor):
        door.require(SCOPE)
        tenants = dict(
            Tenant.objects.exclude(tenant_id=PLATFORM).values_list("tenant_id", "status")
        )
    if tenant_id and tenant_id not in tenants:
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    there, report = store(), Report(credential=_too_much())
    for slug in [tenant_id] if tenant_id else sorted(tenants):
        if tenants[slug] == "Closed":
            continue  # closed when its last row had gone: what lies there is a stray
        _tenant(slug, there, report, remove, actor)
        say(f"{slug}: looked through.")
    if not tenant_id:
        report.strays += [
            {"path": folder}
            for folder in there.folders()
            if tenants.get(folder.rstrip("/"), "Closed") == "Closed"
        ]
    return report


def _tenant(slug: str, there: Store, report: Report, remove: bool, actor: Actor) -> None:
    with enter_tenant(slug, actor=actor, partition="public"):
        placed = dict(
            rows(
                "SELECT environment_id, data_partition "
                "FROM public.tenant_bindings_runtimetenantbinding WHERE tenant_id = %s",
                [slug],
            )
        )
        standing = set(partitions(slug))
    folders = set(there.folders(f"{slug}/"))
    for environment, schema in placed.items():
        prefix = f"{slug}/{environment}/"
        found = {blob.path: blob for blob in there.below(prefix)} if prefix in folders else {}
        report.blobs += len(found)
        with enter_tenant(slug, actor=actor, partition="public"):
            # The rows after the blobs: a log whose row has come meanwhile is no orphan.
            for step, path, size in _rows(schema, environment) if schema in standing else ():
                _compare(report, there, step, path, size, found.pop(path, None))
            past = _orphans(report, environment, found)
        if remove and past:
            with enter_tenant(slug, actor=actor, partition="public", writing=True):
                report.listed += _list(environment, past)
    known = {f"{slug}/{environment}/" for environment in placed}
    report.strays += [{"path": folder} for folder in sorted(folders - known)]


def _rows(schema: str, environment: UUID) -> Iterator[tuple[UUID, str, int]]:
    after = UUID(int=0)
    while batch := rows(
        f"SELECT id, log_path, log_bytes FROM {table(schema, STEPS)} WHERE tenant_id = %s "  # noqa: S608
        "AND environment_id = %s AND log_path <> '' AND id > %s ORDER BY id LIMIT 1000",
        [door.tenant(), environment, after],
    ):
        yield from batch
        after = batch[-1][0]


def _compare(
    report: Report, there: Store, step: UUID, path: str, size: int, blob: Blob | None
) -> None:
    # It may have been written after the list was made: a look tells.
    seen = blob or there.look(path)
    if seen is None:
        report.missing.append({"stepId": str(step), "path": path})
    elif seen.size != size:
        report.differing.append(
            {"stepId": str(step), "path": path, "bytes": seen.size, "expected": size}
        )


def _orphans(report: Report, environment: UUID, found: dict[str, Blob]) -> list[Blob]:
    """Tells them, and answers those past their window. What is on the list waits there."""
    waiting = set(
        RemovedLog.objects.filter(
            tenant_id=door.tenant(), environment_id=environment, gone_at=None
        ).values_list("path", flat=True)
    )
    ((cutoff,),) = rows(
        "SELECT least(app.cutoff('step-log'), app.cutoff('deployment-history'))", []
    )
    past = []
    for path in sorted(found.keys() - waiting):
        blob = found[path]
        is_past = cutoff is not None and blob.written_at < cutoff
        report.orphans.append(
            {
                "path": path,
                "bytes": blob.size,
                "writtenAt": blob.written_at.isoformat(),
                "underWay": datetime.now(UTC) - blob.written_at < UNDER_WAY,
                "pastWindow": is_past,
            }
        )
        if is_past:
            past.append(blob)
    return past


def _list(environment: UUID, past: list[Blob]) -> int:
    """Onto the list; a path that was there before, and came back, is told and not listed again."""
    known = set(
        RemovedLog.objects.filter(
            tenant_id=door.tenant(), path__in=[blob.path for blob in past]
        ).values_list("path", flat=True)
    )
    fresh = [blob for blob in past if blob.path not in known and len(blob.path) <= 255]
    RemovedLog.objects.bulk_create(
        RemovedLog(
            tenant_id=door.tenant(), environment_id=environment, path=blob.path, bytes=blob.size
        )
        for blob in fresh
    )
    if fresh:
        audit.record(
            "retention.orphans_listed",
            object_type="environment",
            object_id=environment,
            after={"count": len(fresh), "paths": [blob.path for blob in fresh[:MOST_TOLD]]},
            tenant_id=door.tenant(),
        )
    return len(fresh)


def _too_much() -> str:
    """Whether the web's credential may delete, tried on a blob that there is not."""
    web = storages["step_logs"]
    if isinstance(web, FileSystemStorage):
        return ""
    from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

    try:
        web.client.delete_blob(f"{PLATFORM}/{uuid7()}")  # type: ignore[attr-defined]
    except ResourceNotFoundError:
        return "AZURE_STORAGE_CONNECTION_STRING may delete: the steward's alone should"
    except HttpResponseError as error:
        if error.status_code in (401, 403):
            return ""
        raise StoreDown("the store does not say what the web's credential may do") from error
    except AzureError as error:
        raise StoreDown("the store does not answer") from error
    return ""
