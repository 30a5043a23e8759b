"""Exceptions that have been asked for and approved, and runs by them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core.access import Role
from apps.retention.exceptions import approve_exception
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.logins import connect, rows
from tests.retention.ages import Aged
from tests.world import World

OFFICER = Role.GOVERNANCE_OFFICER


def asked(found: Aged, data_class: str = "retired-service", days: int = 7) -> UUID:
    ended = manage(
        "request_exception", "--tenant", found.slug, "--data-class", data_class, "--reason",
        "erasure", "--legal-basis", "GDPR 17", "--lapses-at",
        (datetime.now(UTC) + timedelta(days=days)).isoformat(), "--format", "json",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    return UUID(ended.json["governanceExceptionId"])


def approved(world: World, found: Aged, data_class: str = "retired-service") -> UUID:
    exception = asked(found, data_class)
    with on_platform(world, OFFICER):
        approve_exception(exception, reason="lawful")
    return exception


def run_by(exception: UUID, *more: str) -> Any:
    return manage("run_retention", "--exception", str(exception), *more, "--format", "json")


def entry(ended: Any) -> dict[str, Any]:
    """What it did, reasons as {reason: count}."""
    assert ended.code == 0, ended.err
    (only,) = ended.json["entries"]
    kept = {one["reason"]: one["count"] for one in only["heldBack"]}
    return {**only, "heldBack": kept}


def status(exception: UUID) -> str:
    with connect("owner") as owner:
        statement = "SELECT status FROM retention_governanceexception WHERE id = %s"
        found: str = rows(owner, statement, [exception])[0][0]
        return found


def as_owner(*statements: str) -> None:
    """Moves clocks, as nobody else may."""
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        for statement in statements:
            owner.execute(statement.encode())
