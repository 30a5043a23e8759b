"""Custody exports: all rows that a legal hold covers, with what it takes to read them, signed.

By the steward, whom no release keeps out: each batch comes through the door, and memory is that of
a batch. The archive appears under its name when the trail says who took it, and not before.

Must never: export a tenant's row for the hold of another, or without an entry in both chains.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor
from apps.core.audit import CONTROL_PLANE
from apps.core.chain import canonical, moment
from apps.core.chain_reading import SEALED, in_schema
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.core.walls.classes import CLASSES, TABLES, Follows, Governed, ended, governed
from apps.core.walls.ended import ENDED
from apps.retention import signing
from apps.retention.custody_files import CUSTODY, MANIFEST, digest
from apps.retention.going import rows, table
from apps.retention.models import LegalHold
from apps.retention.purge import partitions
from apps.tenant_bindings.context import enter_records

SCOPE = "runtime.governance.write"
AT_ONCE = 1_000
# What nobody may carry away: it opens doors.
_SECRET = ("token_hash",)


@dataclass(frozen=True)
class Exported:
    """A finished archive and its SHA-256."""

    manifest: dict[str, Any]
    sha256: str

    def as_api(self) -> dict[str, Any]:
        return {**self.manifest, "sha256": self.sha256}


def covered(data_classes: list[str]) -> list[str]:
    """The tables whose rows a hold on these classes keeps, by their names."""
    names = {name for name, c in CLASSES.items() if {name, *c.read_by} & set(data_classes)}
    found: set[str] = set()
    for name, (governs, kind) in governed().items():
        # In the order of the table what names comes first, so one pass finds what it names.
        if name in names or any(other in found for other, _ in kind.named_by):
            found.add(governs)
    found |= {t for t, k in TABLES.items() if isinstance(k, Follows) and k.table in found}
    found |= {t for t, k in ended().items() if {ENDED, *k.held_by} & set(data_classes)}
    return sorted(found)


def export_custody(
    *, tenant_id: str, number: int, reason: str, output: Path, actor: Actor
) -> Exported:
    """Writes the archive of that hold to `output`, which must not be there yet.

    Raises Invalid without a reason, NotFound where there is no such hold, Refused where it holds
    nothing any more, where `output` is there, or where there is no key to sign with.
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why it is taken.")
    key = signing.public_key()
    if output.exists():
        raise Refused(f"{output.name} is there already.")
    hold, places, heads = _hold(tenant_id, number, actor)
    with tempfile.NamedTemporaryFile(dir=output.parent, delete=False) as target:
        partial = Path(target.name)
    try:
        with tarfile.open(partial, "w") as archive:
            files = sorted(
                (_add(archive, schema, name, hold, actor) for schema, name in places),
                key=lambda file: str(file["name"]),
            )
            manifest = {
                "kind": CUSTODY,
                "custodyExportId": str(uuid7()),
                "tenantId": tenant_id,
                "hold": {
                    "number": hold.number,
                    "dataClasses": sorted(hold.data_classes),
                    "environmentId": str(hold.environment_id) if hold.environment_id else None,
                    "placedAt": moment(hold.placed_at),
                    "status": hold.status,
                },
                "files": files,
                "chains": heads,
                "publicKey": key,
            }
            signature = signing.sign(canonical(manifest).encode())
            signed = canonical({"manifest": manifest, "signature": signature}).encode() + b"\n"
            with tempfile.TemporaryFile() as spool:
                spool.write(signed)
                _put(archive, MANIFEST, spool)
        exported = Exported(manifest, _sha256(partial))
        _record(exported, tenant_id, reason.strip(), actor)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return exported


def _hold(
    tenant_id: str, number: int, actor: Actor
) -> tuple[LegalHold, list[tuple[str, str]], list[dict[str, Any]]]:
    """The hold; (schema, table) of what it covers; where the tenant's chains end now."""
    with enter_records(tenant_id, actor=actor):
        door.require(SCOPE)
        hold = LegalHold.objects.filter(tenant_id=tenant_id, number=number).first()
        if hold is None:
            raise NotFound(f"There is no hold {number} of {tenant_id}.")
        if hold.ends_at is not None and hold.ends_at < rows("SELECT now()", [])[0][0]:
            raise Refused("It was lifted, and holds nothing any more.")
        schemas = list(partitions(tenant_id))
        names = covered(list(hold.data_classes))
        places = []
        for name in names:
            kind = TABLES[name]
            inside = isinstance(kind, Governed | Follows) or getattr(kind, "in_partition", False)
            places += [(schema, name) for schema in (schemas if inside else [CONTROL_PLANE])]
        chains = {
            chain: {"chain": chain, "number": last, "hash": last_hash}
            for place in (SEALED, *map(in_schema, (*schemas, CONTROL_PLANE)))
            for chain, last, last_hash in rows(
                "SELECT chain, last_number, last_hash "  # noqa: S608
                f"FROM {place.head} WHERE tenant_id = %s ORDER BY chain",
                [tenant_id],
            )
        }
        heads = list(chains.values())
    return hold, places, heads


def _add(
    archive: tarfile.TarFile, schema: str, name: str, hold: LegalHold, actor: Actor
) -> dict[str, Any]:
    """One table as JSON lines: spooled to a file first, for its size leads it in the archive."""
    file = f"{schema}/{name}.jsonl"
    with tempfile.TemporaryFile() as spool:
        for line in _lines(schema, name, hold, actor):
            spool.write(line)
        spool.seek(0)
        told = digest(spool)
        _put(archive, file, spool)
    return {"name": file, **told}


def _lines(schema: str, name: str, hold: LegalHold, actor: Actor) -> Iterator[bytes]:
    kind = TABLES[name]
    environment = getattr(kind, "environment", "") if schema == CONTROL_PLANE else ""
    column = environment or "t.environment_id"
    after: UUID | None = None
    while True:
        with enter_records(hold.tenant_id, actor=actor):
            found = rows(
                f"SELECT t.id, (to_jsonb(t) - %s::text[])::text FROM {table(schema, name)} t "  # noqa: S608
                "WHERE t.tenant_id = %s AND (%s::uuid IS NULL OR "
                f"{column} IS NULL OR {column} = %s) AND (%s::uuid IS NULL OR t.id > %s) "
                "ORDER BY t.id LIMIT %s",
                [
                    list(_SECRET), hold.tenant_id, hold.environment_id, hold.environment_id,
                    after, after, AT_ONCE,
                ],
            )  # fmt: skip
        for row, text in found:
            after = row
            yield canonical(json.loads(text)).encode() + b"\n"
        if len(found) < AT_ONCE:
            return


def _put(archive: tarfile.TarFile, name: str, spool: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = spool.seek(0, os.SEEK_END)
    spool.seek(0)
    archive.addfile(entry, spool)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(exported: Exported, tenant_id: str, reason: str, actor: Actor) -> None:
    """In the chains of the tenant and of the platform, in one transaction."""
    manifest = exported.manifest
    told = {
        "tenantId": tenant_id,
        "hold": manifest["hold"]["number"],
        "sha256": exported.sha256,
        "files": len(manifest["files"]),
        "rows": sum(file["lines"] for file in manifest["files"]),
    }
    with enter_records(tenant_id, actor=actor, writing=True):
        door.require(SCOPE)
        for chain in (tenant_id, PLATFORM):
            audit.record(
                "custody.exported",
                object_type="custody_export",
                object_id=manifest["custodyExportId"],
                after=told,
                reason=reason,
                tenant_id=chain,
            )
