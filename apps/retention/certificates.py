"""One certificate a run and tenant: what it says, when it is written, and the path of one row.

Promises: it stands for the leaves that the run's batches wrote, with the whole days that went,
and for no other; the database lets
nothing be added once it is there (apps.retention.certified). Names nobody: people are ids in it,
so that whoever is erased is erased here too.
"""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import audit, door
from apps.core.access import Actor
from apps.core.audit import CONTROL_PLANE
from apps.core.chain import GENESIS, canonical, moment
from apps.core.errors import NotFound
from apps.core.ids import uuid7
from apps.core.models import AuditHead
from apps.retention import merkle, signing
from apps.retention.certificate_files import CERTIFICATE, PROOF
from apps.retention.merkle import Leaf
from apps.retention.models import (
    Certificate,
    DisposedDay,
    DisposedRow,
    GovernanceException,
    LegalHold,
    RetentionEntry,
    RetentionRun,
)
from apps.tenant_bindings.context import enter_records

AT_ONCE = 10_000


def certify(run: RetentionRun, tenant_id: str, *, actor: Actor, interrupted: bool = False) -> None:
    """Signs what the run did to that tenant; nothing where that has been done, or nothing was.

    Locks the run's entries of the tenant, so that no batch of it is under way. As the steward.
    """
    with enter_records(tenant_id, actor=actor, writing=True):
        entries = list(
            RetentionEntry.objects.select_for_update()
            .filter(tenant_id=tenant_id, run_id=run.id)
            .order_by("data_class")
        )
        done = Certificate.objects.filter(tenant_id=tenant_id, run_id=run.id).exists()
        if done or not entries:
            return
        count = DisposedRow.objects.filter(tenant_id=tenant_id, run_id=run.id).count()
        days = list(_days(tenant_id, run.id))
        if count + sum(day.row_count for day in days) != sum(entry.purged for entry in entries):
            raise RuntimeError(f"run {run.id} purged other rows of {tenant_id} than its leaves say")
        certificate = Certificate(
            id=uuid7(),
            tenant_id=tenant_id,
            run_id=run.id,
            leaf_count=count,
            root=merkle.root(leaf.hash() for leaf in leaves(tenant_id, run.id)).hex(),
        )
        certificate.body = _body(certificate, run, entries, days, interrupted)
        text = canonical(certificate.body).encode()
        certificate.signature = signing.sign(text)
        certificate.save(force_insert=True)
        audit.record(
            "retention.certified",
            object_type="certificate",
            object_id=certificate.id,
            after={
                "runId": str(run.id),
                "leaves": count,
                "days": len(days),
                "root": certificate.root,
                "sha256": hashlib.sha256(text).hexdigest(),
            },
            tenant_id=tenant_id,
        )


def leaves(tenant_id: str, run_id: UUID) -> Iterator[Leaf]:
    """The run's leaves of that tenant in the order of the tree, in pages."""
    found = DisposedRow.objects.filter(tenant_id=tenant_id, run_id=run_id)
    # Sorted here: the database's order of text need not be that of its bytes.
    for data_class in sorted(_classes(tenant_id, run_id)):
        of_class = found.filter(data_class=data_class).order_by("row_id")
        rows = list(of_class.values_list("data_class", "row_id", "digest")[:AT_ONCE])
        while rows:
            yield from map(Leaf._make, rows)
            following = of_class.filter(row_id__gt=rows[-1][1])
            rows = list(following.values_list("data_class", "row_id", "digest")[:AT_ONCE])


def proof(certificate: Certificate, row_id: UUID) -> dict[str, Any]:
    """What proves one row's disposal beside the certificate, without showing another's.

    Raises NotFound where it covers no such row.
    """
    tenant_id, run_id = certificate.tenant_id, certificate.run_id
    names = _classes(tenant_id, run_id)
    of_run = DisposedRow.objects.filter(tenant_id=tenant_id, run_id=run_id)
    row = of_run.filter(row_id=row_id, data_class__in=names).first()
    if row is None:
        raise NotFound(f"The certificate covers no row {row_id}.")
    leaf = Leaf(row.data_class, row.row_id, row.digest)
    index = of_run.filter(data_class__in=[n for n in names if n < leaf.data_class]).count()
    index += of_run.filter(data_class=leaf.data_class, row_id__lt=row_id).count()
    way = merkle.path(
        (one.hash() for one in leaves(tenant_id, run_id)), index, certificate.leaf_count
    )
    return {
        "kind": PROOF,
        "certificateId": str(certificate.id),
        "dataClass": leaf.data_class,
        "id": str(leaf.row_id),
        "digest": leaf.digest,
        "index": index,
        "path": [step.hex() for step in way],
    }


def _classes(tenant_id: str, run_id: UUID) -> list[str]:
    entries = RetentionEntry.objects.filter(tenant_id=tenant_id, run_id=run_id)
    return list(entries.order_by().values_list("data_class", flat=True))


def _body(
    certificate: Certificate,
    run: RetentionRun,
    entries: list[RetentionEntry],
    days: list[DisposedDay],
    interrupted: bool,
) -> dict[str, Any]:
    tenant_id = certificate.tenant_id
    # What came before it in the tenant's chain; its own entry comes next and carries its digest.
    head = AuditHead.objects.filter(tenant_id=tenant_id, chain=CONTROL_PLANE).first()
    return {
        "kind": CERTIFICATE,
        "certificateId": str(certificate.id),
        "tenantId": tenant_id,
        "issuedAt": moment(_now()),
        "run": {
            "runId": str(run.id),
            "startedBy": run.started_by_kind,
            "startedAt": moment(run.started_at),
            "asOf": moment(run.as_of),
            "interrupted": interrupted,
        },
        "classes": [_class(entry) for entry in entries],
        "days": [_day(day) for day in days],
        "exceptions": [_exception(one) for one in _exceptions(run, tenant_id)],
        "holds": [_hold(hold) for hold in _holds(run, tenant_id)],
        "leaves": {"count": certificate.leaf_count, "root": certificate.root},
        "audit": {
            "chain": CONTROL_PLANE,
            "number": head.last_number if head else 0,
            "hash": head.last_hash if head else GENESIS,
        },
        "publicKey": signing.public_key(),
    }


def _class(entry: RetentionEntry) -> dict[str, Any]:
    told = entry.as_api()
    return {
        **{name: told[name] for name in ("dataClass", "due", "purged", "tiered", "bytes")},
        "cutoff": entry.cutoff and moment(entry.cutoff),
        "policyVersions": entry.policy_versions,
        "heldBack": told["heldBack"],
        "failed": entry.failed,
    }


def _days(tenant_id: str, run_id: UUID) -> Iterator[DisposedDay]:
    """What went with whole days: they have no leaves, but bounds and counts."""
    found = DisposedDay.objects.filter(tenant_id=tenant_id, run_id=run_id)
    yield from found.order_by("data_partition", "day", "environment_id")


def _day(day: DisposedDay) -> dict[str, Any]:
    return {
        "dataClass": day.data_class,
        "dataPartition": day.data_partition,
        "environmentId": str(day.environment_id),
        "from": moment(day.begins_at),
        "until": moment(day.ends_at),
        "count": day.row_count,
    }


def _exceptions(run: RetentionRun, tenant_id: str) -> Iterator[GovernanceException]:
    """That by which the run went, if it named one."""
    if run.exception_id:
        yield GovernanceException.objects.get(tenant_id=tenant_id, id=run.exception_id)


def _exception(one: GovernanceException) -> dict[str, Any]:
    return {
        "governanceExceptionId": str(one.id),
        "dataClass": one.data_class,
        "environmentId": _text(one.environment_id),
        "askedBy": _text(one.asked_by_id),
        "approvedBy": _text(one.decided_by_id),
        "lapsesAt": moment(one.lapses_at),
        "rowCount": one.row_count,
        "digest": one.digest,
    }


def _holds(run: RetentionRun, tenant_id: str) -> Iterator[LegalHold]:
    """Those that held something while the run was at work, or came since."""
    for hold in LegalHold.objects.filter(tenant_id=tenant_id).order_by("number"):
        if hold.ends_at is None or hold.ends_at >= min(run.as_of, run.started_at):
            yield hold


def _hold(hold: LegalHold) -> dict[str, Any]:
    return {
        "number": hold.number,
        "dataClasses": sorted(hold.data_classes),
        "environmentId": _text(hold.environment_id),
        "placedAt": moment(hold.placed_at),
        "status": hold.status,
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _now() -> Any:
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]
