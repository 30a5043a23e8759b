"""Looking for drift: what was seen against what should be, into findings. Set-based.

Each look is a record, also one that failed: nothing is opened or resolved by it then. Two looks at
one environment at once come one after the other.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import audit, door
from apps.drift_findings.compare import compare
from apps.drift_findings.compare_configuration import not_compared
from apps.drift_findings.compare_records import Difference, State
from apps.drift_findings.desired import desired_services, desired_state
from apps.drift_findings.models import (
    DriftCheck,
    DriftCoverage,
    Outcome,
    Resolution,
    RuntimeDriftFinding,
)
from apps.drift_findings.observed import observed_state
from apps.drift_findings.operations import WRITE
from apps.drift_findings.queries import UNRESOLVED, findings_here, with_rules
from apps.drift_findings.severity import severity
from apps.drift_findings.shown import storable
from apps.integrations.kubernetes.records import Release, Source, UnreadableManifest
from apps.integrations.kubernetes.release import read_release
from apps.quotas.operations import spend_storage
from apps.search.operations import index
from apps.services.models import RuntimeService

# More are no drift but the wrong environment, or a reader at its limits.
MOST_FINDINGS = 5_000
_LISTED = 100
_REASON = "no difference any more"


@dataclass(frozen=True)
class Checked:
    """The record and the findings that it left: those not resolved (with `hidden_by`), those it
    resolved.
    """

    check: DriftCheck
    unresolved: Sequence[RuntimeDriftFinding]
    resolved: Sequence[RuntimeDriftFinding]

    @property
    def open(self) -> list[RuntimeDriftFinding]:
        """What somebody has to look at: Open, and hidden by no rule."""
        return [one for one in self.unresolved if one.status == "Open" and not one.hidden_by]  # type: ignore[attr-defined]

    def as_api(self) -> dict[str, Any]:
        return {
            "checkedAt": self.check.created_at.isoformat(),
            "findings": [
                {**one.as_api(), "hiddenBy": (getattr(one, "hidden_by", None) or {}).get("id")}
                for one in (*self.unresolved, *self.resolved)
            ],
        }


def detect_drift(*, sources: Sequence[Source]) -> Checked:
    """Compares manifests or `kubectl get -o json` with what should run in the environment entered.

    Opens what is new, moves lastSeenAt of what is there still, resolves what is gone. Input that
    cannot be read, or holds no workload, makes a Failed check and raises nothing. Holds the
    environment's lock of drift until the commit.
    """
    door.require(WRITE)
    with door.atomic():
        _lock()
        services = desired_services()
        try:
            release = read_release(sources, vault=door.tenant())
        except UnreadableManifest as error:
            return _failed(sources, services, str(error))
        if not release.services:
            return _failed(sources, services, "There is no workload in what was given.")
        desired, observed = desired_state(services), observed_state(release)
        differences = compare(desired, observed)
        if len(differences) > MOST_FINDINGS:
            why = f"More than {MOST_FINDINGS:,} differences: is this the right environment?"
            return _failed(sources, services, why)
        return _record(sources, services, release, desired, observed, differences)


def _record(
    sources: Sequence[Source],
    services: Mapping[str, RuntimeService],
    release: Release,
    desired: State,
    observed: State,
    differences: Sequence[Difference],
) -> Checked:
    known = {
        one.identity: one
        for one in findings_here().filter(status__in=UNRESOLVED).order_by("id").select_for_update()
    }
    found = {one.identity: one for one in differences}
    unread = set(observed.unread) & set(services)
    # What could not be read has not gone.
    kept = [one for one in known.values() if one.module_id in observed.unread]
    gone = [
        one for identity, one in known.items()
        if identity not in found and one.module_id not in observed.unread
    ]  # fmt: skip
    new = [one for identity, one in found.items() if identity not in known]
    left = len(found) + len(kept)
    check = _check(
        sources,
        workloads=len(release.services),
        outcome=Outcome.FINDINGS if left else Outcome.IN_LINE,
        findings=left,
        opened=len(new),
        resolved=len(gone),
        not_understood=[asdict(one) for one in release.not_understood[:_LISTED]],
        not_compared=not_compared(desired.configuration),
    )
    spend_storage(rows=1 + len(new))
    _open(check, new, services)
    _see(check, [(known[i], one) for i, one in found.items() if i in known], services)
    _resolve(gone)
    _cover(check, {name: observed.unread.get(name, "") for name in services}, services)
    _audit(check, [*(one.identity for one in new), *(one.identity for one in gone)], unread)
    return Checked(check, _unresolved(), _reread(gone))


def _open(
    check: DriftCheck, new: Iterable[Difference], services: Mapping[str, RuntimeService]
) -> None:
    rows = []
    for one in new:
        desired, observed = storable(one.path, one.desired, one.observed)
        service = services.get(one.module_id)
        rows.append(
            RuntimeDriftFinding(
                tenant_id=check.tenant_id,
                environment_id=check.environment_id,
                service_id=service.id if service else None,
                kind=one.kind,
                module_id=one.module_id,
                path=one.path,
                identity=one.identity,
                severity=severity(one),
                desired=desired,
                observed=observed,
                first_check_id=check.id,
                last_check_id=check.id,
            )
        )
    RuntimeDriftFinding.objects.bulk_create(rows, batch_size=500)
    index(rows)


def _see(
    check: DriftCheck,
    again: Iterable[tuple[RuntimeDriftFinding, Difference]],
    services: Mapping[str, RuntimeService],
) -> None:
    """The same finding: lastSeenAt moves with the check, and the values where they have changed."""
    same, changed = [], []
    for row, one in again:
        service = services.get(one.module_id)
        told = (
            *storable(one.path, one.desired, one.observed),
            severity(one),
            service.id if service else None,
        )
        if told == (row.desired, row.observed, row.severity, row.service_id):
            same.append(row.id)
            continue
        row.desired, row.observed, row.severity, row.service_id = told
        row.last_check_id = check.id
        changed.append(row)
    if same:
        RuntimeDriftFinding.objects.filter(id__in=same).update(last_check_id=check.id)
    if changed:
        fields = ["desired", "observed", "severity", "service_id", "last_check_id"]
        RuntimeDriftFinding.objects.bulk_update(changed, fields, batch_size=500)


def _resolve(gone: Sequence[RuntimeDriftFinding]) -> None:
    if gone:
        RuntimeDriftFinding.objects.filter(id__in=[one.id for one in gone]).update(
            status="Resolved", resolution=Resolution.BY_ITSELF, resolution_reason=_REASON
        )


def _cover(
    check: DriftCheck, failures: Mapping[str, str], services: Mapping[str, RuntimeService]
) -> None:
    """What this check says of every live service, in place of what the last one said."""
    DriftCoverage.objects.bulk_create(
        [
            DriftCoverage(
                tenant_id=check.tenant_id,
                environment_id=check.environment_id,
                service_id=services[name].id,
                drift_check=check,
                failure=failure,
            )
            for name, failure in sorted(failures.items())
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["tenant_id", "environment_id", "service_id"],
        update_fields=["drift_check", "failure"],
    )


def _failed(sources: Sequence[Source], services: Mapping[str, RuntimeService], why: str) -> Checked:
    check = _check(sources, outcome=Outcome.FAILED, failure=why)
    spend_storage(rows=1)
    _cover(check, dict.fromkeys(services, why), services)
    _audit(check, [], set())
    return Checked(check, _unresolved(), [])


def _check(sources: Sequence[Source], **facts: Any) -> DriftCheck:
    check = DriftCheck(
        tenant_id=door.tenant(),
        environment_id=door.environment(),
        checked_by=door.entered().actor.label or door.entered().actor.kind,
        inputs=[
            {
                "file": one.name[:200],
                "bytes": len(one.data),
                "sha256": hashlib.sha256(one.data).hexdigest(),
            }
            for one in sources[:_LISTED]
        ],
        **facts,
    )
    check.save(force_insert=True)
    check.refresh_from_db(fields=["created_at"])
    return check


def _unresolved() -> list[RuntimeDriftFinding]:
    return list(with_rules(findings_here().filter(status__in=UNRESOLVED)).order_by("id"))


def _reread(gone: Sequence[RuntimeDriftFinding]) -> list[RuntimeDriftFinding]:
    identifiers: list[UUID] = [one.id for one in gone]
    return list(findings_here().filter(id__in=identifiers).order_by("id")) if gone else []


def _audit(check: DriftCheck, changed: Sequence[str], unread: set[str]) -> None:
    """One entry a check: how many, and the digest of which opened and resolved."""
    digest = hashlib.sha256("\n".join(sorted(changed)).encode()).hexdigest()
    after: dict[str, Any] = {**check.as_api(), "digest": digest}
    if unread:
        after["notRead"] = sorted(unread)[:_LISTED]
    audit.record(
        "drift.checked",
        object_type="drift_check",
        object_id=check.id,
        environment_id=check.environment_id,
        after=after,
        reason=check.failure,
    )


def _lock() -> None:
    """Until the commit. A row to lock is not there before the first check."""
    key = f"runtime-portal drift {door.tenant()} {door.environment()}"
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
