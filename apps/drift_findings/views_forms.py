"""Pages of drift that write: a check, the verbs of a finding, ignore rules.

The verbs ask for the environment's name where it is of production. A check does not: it records
what was seen and changes nothing there.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, confirmation, form_page
from apps.core.htmx import posted
from apps.drift_findings.detection import Checked, detect_drift
from apps.drift_findings.forms import IgnoreRuleForm, ObservedForm
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding
from apps.drift_findings.operations import (
    acknowledge_finding,
    create_ignore_rule,
    end_ignore_rule,
    resolve_finding,
    unacknowledge_finding,
)
from apps.drift_findings.queries import covered_by

WRITE = "runtime.drift.write"


@needs(WRITE)
def drift_check_create(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    form = ObservedForm(posted(request), request.FILES or None)
    here = f"/t/{tenant}/environments/{environment_id}/"
    return form_page(
        request,
        form,
        "drift_findings/drift_check_create.html",
        {"title": "Check for drift", "submit": "Check", "cancel_url": here},
        run=lambda: detect_drift(sources=form.sources()),
        to=lambda checked: f"{here}drift/checks/{checked.check.id}/",
        done=_told,
    )


def _told(checked: Checked) -> str:
    check = checked.check
    if check.failure:
        return ""
    return f"{check.findings} findings: {check.opened} new, {check.resolved} resolved."


@needs(WRITE)
def finding_acknowledge(
    request: Any, tenant: str, environment_id: UUID, finding_id: UUID
) -> HttpResponse:
    return _verb(request, environment_id, finding_id, "Acknowledge", acknowledge_finding)


@needs(WRITE)
def finding_unacknowledge(
    request: Any, tenant: str, environment_id: UUID, finding_id: UUID
) -> HttpResponse:
    return _verb(request, environment_id, finding_id, "Take back", unacknowledge_finding)


@needs(WRITE)
def finding_resolve(
    request: Any, tenant: str, environment_id: UUID, finding_id: UUID
) -> HttpResponse:
    return _verb(
        request, environment_id, finding_id, "Resolve", resolve_finding,
        warning="Final. If the next check finds the difference still there, it is a new finding.",
    )  # fmt: skip


def _verb(
    request: Any,
    environment_id: UUID,
    finding_id: UUID,
    verb: str,
    operation: Callable[..., RuntimeDriftFinding],
    warning: str = "",
) -> HttpResponse:
    finding = _finding(environment_id, finding_id)
    form = ReasonForm(posted(request), confirm=confirmation(request.door))
    back = f"/t/{finding.tenant_id}/environments/{environment_id}/drift/{finding_id}/"
    title = f"{verb} {finding}" if verb != "Take back" else f"Take back: {finding} is acknowledged"
    return form_page(
        request,
        form,
        "drift_findings/finding_form.html",
        {
            "title": title,
            "submit": verb,
            "finding": finding,
            "cancel_url": back,
            "warning": warning,
        },
        run=lambda: operation(finding_id, reason=form.cleaned_data["reason"]),
        to=back,
        done=lambda moved: f"{moved}: {moved.status}.",
    )


@needs(WRITE)
def finding_ignore(
    request: Any, tenant: str, environment_id: UUID, finding_id: UUID
) -> HttpResponse:
    """A rule that begins with the words of one finding."""
    finding = _finding(environment_id, finding_id)
    words = {
        "kind": finding.kind, "module_id": finding.module_id, "path_prefix": finding.path,
    }  # fmt: skip
    back = f"/t/{tenant}/environments/{environment_id}/drift/{finding_id}/"
    return _rule_form(request, environment_id, words, back)


@needs(WRITE)
def ignore_rule_create(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    return _rule_form(request, environment_id, {}, f"/t/{tenant}/drift/rules/")


def _rule_form(
    request: Any, environment_id: UUID, words: dict[str, Any], back: str
) -> HttpResponse:
    def would_hide(rule: IgnoreRule) -> int:
        rule.environment_id = environment_id
        says_nothing = not (rule.kind or rule.module_id or rule.path_prefix)
        return 0 if says_nothing else int(covered_by(rule).count())

    form = IgnoreRuleForm(
        posted(request), initial=words, confirm=confirmation(request.door), would_hide=would_hide
    )
    return form_page(
        request,
        form,
        "drift_findings/ignore_rule_form.html",
        {"title": "Ignore findings", "submit": "Ignore", "cancel_url": back},
        run=lambda: create_ignore_rule(**form.values()),
        to=back,
        done=f"The rule hides {form.count} findings.",
    )


@needs(WRITE)
def ignore_rule_end(
    request: Any, tenant: str, environment_id: UUID, ignore_rule_id: UUID
) -> HttpResponse:
    rule = get_object_or_404(IgnoreRule, id=ignore_rule_id, environment_id=environment_id)
    form = ReasonForm(posted(request), confirm=confirmation(request.door))
    warning = f"What it hides is shown again: {covered_by(rule).count()} findings."
    back = f"/t/{tenant}/drift/rules/"
    return form_page(
        request,
        form,
        "drift_findings/ignore_rule_end.html",
        {"title": f"End the rule: {rule}", "submit": "End", "cancel_url": back, "warning": warning},
        run=lambda: end_ignore_rule(ignore_rule_id, reason=form.cleaned_data["reason"]),
        to=back,
        done=lambda ended: f"{ended}: {ended.status}.",
    )


def _finding(environment_id: UUID, finding_id: UUID) -> RuntimeDriftFinding:
    return get_object_or_404(RuntimeDriftFinding, id=finding_id, environment_id=environment_id)
