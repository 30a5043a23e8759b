"""Pages of drift, for reading: findings, checks, ignore rules."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.audit import history
from apps.core.htmx import Filter, Page, fragment, page, words_of
from apps.core.lists import list_page
from apps.deployments.models import RuntimeDeployment
from apps.drift_findings.models import (
    DriftCheck,
    FindingStatus,
    IgnoreRule,
    Kind,
    Outcome,
    RuleStatus,
    RuntimeDriftFinding,
    Severity,
)
from apps.drift_findings.queries import coverage_of, status_counts, with_hides, with_rules
from apps.retention.queries import kept
from apps.search.models import Kind as Searched
from apps.search.queries import matching
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

READ = "runtime.drift.read"
COLUMNS = (
    "Kind", "Severity", "Expected | observed", "Environment", "First seen", "Last seen",
)  # fmt: skip
_TABS = (
    ("Open", "drift/"),
    ("Acknowledged", "drift/?status=Acknowledged"),
    ("Resolved", "drift/?status=Resolved"),
    ("Checks", "drift/checks/"),
    ("Ignore rules", "drift/rules/"),
)


@needs(READ)
def finding_list(request: Any, tenant: str) -> HttpResponse:
    status = str(request.GET.get("status") or FindingStatus.OPEN)
    if _asks_for_tabs(request):
        return _counted_tabs(request, status)
    return list_page(
        request,
        "drift_findings/finding_list.html",
        finding_filters(),
        lambda condition: [findings_listed(condition, words_of(request))],
        order=("-id",),
        places=each_partition(request.door),
        columns=COLUMNS,
        more=lambda found: _beside(request, found, status),
    )


def finding_filters() -> tuple[Filter, ...]:
    others = [choice for choice in FindingStatus.choices if choice[0] != FindingStatus.OPEN]
    is_open = Q(status=FindingStatus.OPEN)
    return (
        environment_filter(),
        Filter("status", "Status", [("", "Open"), *others], "status", unless=is_open),
        Filter("kind", "Kind", [("", "Any kind"), *Kind.choices], "kind"),
        Filter("severity", "Severity", [("", "Any severity"), *Severity.choices], "severity"),
    )


def findings_listed(condition: Q, words: str) -> QuerySet[Any]:
    """Of the partition entered."""
    found = RuntimeDriftFinding.objects.filter(condition, matching(Searched.FINDING, words))
    return with_rules(found)


@needs(READ)
def drift_check_list(request: Any, tenant: str) -> HttpResponse:
    if _asks_for_tabs(request):
        return _counted_tabs(request, "Checks")
    outcomes = Filter("outcome", "Outcome", [("", "Any outcome"), *Outcome.choices], "outcome")
    given = (environment_filter(), outcomes)
    return list_page(
        request,
        "drift_findings/drift_check_list.html",
        given,
        lambda condition: [DriftCheck.objects.defer("inputs", "not_understood").filter(condition)],
        order=("-id",),
        places=each_partition(request.door),
        more=lambda found: _beside(request, found, "Checks"),
    )


@needs(READ)
def ignore_rule_list(request: Any, tenant: str) -> HttpResponse:
    if _asks_for_tabs(request):
        return _counted_tabs(request, "Ignore rules")
    statuses = Filter("status", "Status", [("", "Any status"), *RuleStatus.choices], "status")
    given = (environment_filter(), statuses)
    return list_page(
        request,
        "drift_findings/ignore_rule_list.html",
        given,
        lambda condition: [with_hides(IgnoreRule.objects.filter(condition))],
        order=("-id",),
        places=each_partition(request.door),
        more=lambda found: _beside(request, found, "Ignore rules"),
    )


def _beside(request: Any, found: Page, tab: str) -> dict[str, Any]:
    bindings = admitted(row.environment_id for row in found.rows)
    return {"bindings": bindings, "tabs": _tabs(request, tab, {}), "tab": tab}


def _tabs(request: Any, active: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    base = f"/t/{request.door.tenant_id}/"
    return [
        {
            "label": label, "url": base + tail, "active": label == active,
            "count": counts.get(label, ""),
        }
        for label, tail in _TABS
    ]  # fmt: skip


def _asks_for_tabs(request: Any) -> bool:
    return bool(request.headers.get("HX-Target") == "tabs")


def _counted_tabs(request: Any, active: str) -> HttpResponse:
    """The tabs again, now with how many: asked for by the page that is there already."""
    counts = Counter(dict.fromkeys(FindingStatus.values, 0))
    for _ in each_partition(request.door):
        counts.update(status_counts())
    context = {"tabs": _tabs(request, active, counts), "counted": True}
    return fragment(request, "drift_findings/_tabs.html", context)


@needs(READ)
def finding_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, finding_id: UUID
) -> HttpResponse:
    finding = get_object_or_404(
        with_rules(RuntimeDriftFinding.objects.filter(environment_id=environment_id)), id=finding_id
    )
    wanted = (finding.first_check_id, finding.last_check_id)
    checks = DriftCheck.objects.defer("not_understood").in_bulk(set(wanted))
    # Ids carry the order in which things were made.
    deployments = RuntimeDeployment.objects.filter(environment_id=environment_id)
    context = {
        "finding": finding,
        "first_check": checks.get(wanted[0]),
        "last_check": checks.get(wanted[1]),
        "deployments": [
            *reversed(deployments.filter(id__gt=finding_id).order_by("id")[:3]),
            *deployments.filter(id__lt=finding_id).order_by("-id")[:3],
        ],
        "history": history(finding_id),
        "kept": kept("drift-finding", finding_id, environment_id),
    }
    return page(request, "drift_findings/finding_detail.html", context)


@needs(READ)
def drift_check_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, drift_check_id: UUID
) -> HttpResponse:
    check = get_object_or_404(DriftCheck, id=drift_check_id, environment_id=environment_id)
    seen = RuntimeDriftFinding.objects.filter(
        environment_id=environment_id, last_check_id=drift_check_id
    )
    context = {
        "check": check,
        "findings": with_rules(seen).order_by("-id")[:50],
        "coverage": coverage_of(check),
    }
    return page(request, "drift_findings/drift_check_detail.html", context)
