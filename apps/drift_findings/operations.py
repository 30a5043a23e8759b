"""What people do with findings and with rules that hide them: one operation a verb.

Finding them is `detection`'s.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound
from apps.drift_findings.models import IgnoreRule, Kind, Resolution, RuntimeDriftFinding
from apps.drift_findings.queries import UNRESOLVED, covered_by
from apps.quotas.operations import spend_storage

WRITE = "runtime.drift.write"
# A rule is for a while: what is to stay belongs into the configuration.
LONGEST_RULE = timedelta(days=366)
_LONGEST_REASON = 2000


def acknowledge_finding(finding_id: UUID, *, reason: str) -> RuntimeDriftFinding:
    """Open → Acknowledged: known, by whom and why. Raises Invalid, Refused, NotFound."""
    entered = door.require(WRITE)
    check_reason(reason)
    with door.atomic():
        finding = locked(finding_id)
        finding.acknowledged_by = entered.actor.label or entered.actor.kind
        finding.acknowledged_reason = reason.strip()
        fields = ["acknowledged_by", "acknowledged_reason"]
        return _move(finding, "acknowledge", "finding.acknowledged", reason, fields)


def unacknowledge_finding(finding_id: UUID, *, reason: str = "") -> RuntimeDriftFinding:
    """Acknowledged → Open. Raises Refused, NotFound."""
    door.require(WRITE)
    with door.atomic():
        finding = locked(finding_id)
        finding.acknowledged_by = finding.acknowledged_reason = ""
        fields = ["acknowledged_by", "acknowledged_reason"]
        return _move(finding, "unacknowledge", "finding.unacknowledged", reason, fields)


def resolve_finding(finding_id: UUID, *, reason: str) -> RuntimeDriftFinding:
    """Open or Acknowledged → Resolved (final), by hand. Found again, it is a new finding."""
    door.require(WRITE)
    check_reason(reason)
    with door.atomic():
        finding = locked(finding_id)
        finding.resolution = Resolution.BY_HAND
        finding.resolution_reason = reason.strip()
        fields = ["resolution", "resolution_reason"]
        return _move(finding, "resolve", "finding.resolved", reason, fields)


def resolve_all(*, reason: str) -> None:
    """The environment goes: its findings → Resolved, its rules → Ended; one entry for each kind."""
    door.require(WRITE)
    here = {"environment_id": door.environment()}
    with door.atomic():
        found = RuntimeDriftFinding.objects.filter(**here, status__in=UNRESOLVED)
        count = found.update(
            status="Resolved", resolution=Resolution.ENVIRONMENT_GONE, resolution_reason=reason
        )
        ended = IgnoreRule.objects.filter(**here, status="Active").update(
            status="Ended", end_reason=reason
        )
        for action, touched in (("findings.resolved", count), ("ignore_rules.ended", ended)):
            if touched:
                audit.record(
                    action,
                    object_type="environment",
                    object_id=door.environment(),
                    environment_id=door.environment(),
                    after={"count": touched},
                    reason=reason,
                )


def create_ignore_rule(
    *,
    kind: str = "",
    module_id: str = "",
    path_prefix: str = "",
    everywhere: bool = False,
    reason: str,
    owner: str = "",
    expires_at: datetime,
) -> IgnoreRule:
    """Hides what is of this kind, this module and below this path: each empty one says nothing.

    Of the environment entered, or of all of the tenant's in this partition. Raises Invalid where
    it names nothing, where there is no reason, or where it would not end within 366 days.
    """
    entered = door.require(WRITE)
    rule = IgnoreRule(
        tenant_id=door.tenant(),
        environment_id=door.environment(),
        kind=kind,
        module_id=module_id.strip(),
        path_prefix=path_prefix.strip(),
        everywhere=everywhere,
        reason=reason.strip(),
        owner=owner.strip() or entered.actor.label or entered.actor.kind,
        expires_at=expires_at,
        created_by=entered.actor.label,
    )
    if problems := _problems(rule):
        raise Invalid("The rule cannot be so.", fields=problems)
    with door.atomic():
        spend_storage(rows=1)
        rule.save(force_insert=True)
        after = {**rule.as_api(), "hides": covered_by(rule).count()}
        _audit("ignore_rule.created", "ignore_rule", rule, after=after, reason=rule.reason)
    return rule


def end_ignore_rule(rule_id: UUID, *, reason: str) -> IgnoreRule:
    """Active → Ended (final): what it hid is shown again. Raises Invalid, Refused, NotFound."""
    door.require(WRITE)
    check_reason(reason)
    with door.atomic():
        rule = _found(IgnoreRule, rule_id, "ignore rule")
        rule.move("end")
        rule.end_reason = reason.strip()
        rule.save(update_fields=["status", "end_reason"])
        rule.refresh_from_db(fields=["ended_at"])
        _audit(
            "ignore_rule.ended",
            "ignore_rule",
            rule,
            before={"status": "Active"},
            after={"status": "Ended"},
            reason=reason,
        )
    return rule


def locked(finding_id: UUID) -> RuntimeDriftFinding:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    found: RuntimeDriftFinding = _found(RuntimeDriftFinding, finding_id, "finding")
    return found


def _found(model: Any, identifier: UUID, noun: str) -> Any:
    rows = model.objects.select_for_update().filter(environment_id=door.environment())
    try:
        return rows.get(id=identifier)
    except model.DoesNotExist as error:
        raise NotFound(f"There is no {noun} {identifier}.") from error


def _move(
    finding: RuntimeDriftFinding, verb: str, action: str, reason: str, fields: list[str]
) -> RuntimeDriftFinding:
    before = finding.status
    finding.move(verb)
    finding.save(update_fields=["status", *fields])
    finding.refresh_from_db(fields=["acknowledged_at", "resolved_at"])
    _audit(
        action,
        "finding",
        finding,
        before={"status": before},
        after={"status": finding.status},
        reason=reason,
    )
    return finding


def _audit(action: str, object_type: str, row: Any, **values: Any) -> None:
    audit.record(
        action,
        object_type=object_type,
        object_id=row.id,
        environment_id=row.environment_id,
        **values,
    )


def check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise Invalid.field("reason", f"Say why, in 1 to {_LONGEST_REASON} characters.")


def _problems(rule: IgnoreRule) -> dict[str, list[str]]:
    found = {}
    if rule.kind and rule.kind not in Kind.values:
        found["kind"] = [f"must be one of {', '.join(Kind.values)}"]
    if not (rule.kind or rule.module_id or rule.path_prefix):
        found["pathPrefix"] = ["name a kind, a module or a path: a rule never hides everything"]
    elif rule.path_prefix and not rule.path_prefix.startswith("/"):
        found["pathPrefix"] = ["begins with /, as paths of findings do"]
    elif len(rule.path_prefix) > 1000:
        found["pathPrefix"] = ["must be at most 1000 characters"]
    if len(rule.module_id) > 253:
        found["moduleId"] = ["must be at most 253 characters"]
    if len(rule.owner) > 254:
        found["owner"] = ["must be at most 254 characters"]
    if not rule.reason or len(rule.reason) > _LONGEST_REASON:
        found["reason"] = [f"Say why, in 1 to {_LONGEST_REASON} characters."]
    now = timezone.now()
    if not now < rule.expires_at <= now + LONGEST_RULE:
        found["expiresAt"] = ["must be within the next 366 days"]
    return found
