"""Runs whose certificates are looked at: all that went of a tenant, and what its files say."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.core.shell import Ended, manage
from tests.isolation.logins import connect, rows
from tests.retention.ages import CONFIGURATIONS, DEPLOYMENTS, FINDINGS, HEALTH, SERVICES, Aged, aged

CLASSES = {
    SERVICES: "retired-service", DEPLOYMENTS: "deployment-history",
    CONFIGURATIONS: "configuration-version", HEALTH: "health-result", FINDINGS: "drift-finding",
}  # fmt: skip
Rows = set[tuple[str, UUID, str]]


def old(model: str = "pool") -> Aged:
    """A service, two deployments, two versions and a result of it are due."""
    found = aged(model)
    found.release_anew(4)
    found.retire("cart")
    found.age_all("800 days")
    return found


def digests(found: Aged) -> Rows:
    """(class, id, digest) of every row that there is, as an exception would freeze it."""
    with connect("owner") as owner:
        owner.execute("SET LOCAL TIME ZONE 'UTC'")
        return {
            (name, *row)
            for table, name in CLASSES.items()
            for row in rows(
                owner,
                "SELECT t.id, encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex') "
                f"FROM {found.table(table)} t WHERE tenant_id = %s",
                [found.slug],
            )
        }


def leaves(found: Aged, run: str = "") -> list[tuple[str, UUID, str]]:
    with connect("owner") as owner:
        return rows(
            owner,
            "SELECT data_class, row_id, digest FROM retention_disposedrow WHERE tenant_id = %s "
            "AND (%s = '' OR run_id::text = %s)",
            [found.slug, run, run],
        )  # type: ignore[return-value]


def bodies(found: Aged) -> list[dict[str, Any]]:
    """What the tenant's certificates say, oldest first."""
    with connect("owner") as owner:
        return [
            body
            for (body,) in rows(
                owner,
                "SELECT body FROM retention_certificate WHERE tenant_id = %s ORDER BY id",
                [found.slug],
            )
        ]


def run(found: Aged) -> str:
    """A run of that tenant; its id."""
    ended = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert ended.code == 0, ended.err
    return str(ended.json["runId"])


def exported(found: Aged, run_id: str, *more: Any) -> bytes:
    ended = manage("export_certificate", "--tenant", found.slug, "--run", run_id, *more)
    assert ended.code == 0, ended.err
    return ended.out.encode()


def key() -> str:
    return manage("certificate_key").out.strip()


def verified(
    folder: Path, certificate: bytes, *, proof: bytes = b"", leaves: bytes = b"", public: str = ""
) -> Ended:
    """What the command says of these files."""
    arguments: list[Any] = ["--key", public or key()]
    (folder / "certificate.json").write_bytes(certificate)
    for name, content in (("proof", proof), ("leaves", leaves)):
        if content:
            (folder / name).write_bytes(content)
            arguments += [f"--{name}", folder / name]
    return manage("verify_certificate", folder / "certificate.json", *arguments, "--format", "json")


def changed(file: bytes, *keys: Any, to: Any) -> bytes:
    """The file with another value there, in its own form, so that nothing but that is wrong."""
    from apps.retention.certificate_files import written

    value = json.loads(file)
    at = value
    for step in keys[:-1]:
        at = at[step]
    at[keys[-1]] = to(at[keys[-1]]) if callable(to) else to
    return written(value)
