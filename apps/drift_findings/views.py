"""Pages of drift, for reading: findings, checks, ignore rules."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.audit import history
from apps.core.htmx import Filter, filtered, filters, fragment, keyset_page, page
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
    others = [choice for choice in FindingStatus.choices if choice[0] != FindingStatus.OPEN]
    given = (
        environment_filter(),
        Filter("status", "Status", [("", "Open"), *others], "status"),
        Filter("kind", "Kind", [("", "Any kind"), *Kind.choices], "kind"),
        Filter("severity", "Severity", [("", "Any severity"), *Severity.choices], "severity"),
    )
    state = filters(request, *given)
    rows = keyset_page(
        request,
        (
            with_rules(
                RuntimeDriftFinding.objects.filter(
                    filtered(request, *given),
                    matching(Searched.FINDING, state["query"]),
                    status=status,
                )
            )
            for _ in each_partition(request.door)
        ),
        order=("-id",),
    )
    return _list(request, "finding_list", rows, status, state)


@needs(READ)
def drift_check_list(request: Any, tenant: str) -> HttpResponse:
    if _asks_for_tabs(request):
        return _counted_tabs(request, "Checks")
    outcomes = Filter("outcome", "Outcome", [("", "Any outcome"), *Outcome.choices], "outcome")
    given = (environment_filter(), outcomes)
    state, condition = filters(request, *given), filtered(request, *given)
    rows = keyset_page(
        request,
        (
            DriftCheck.objects.defer("inputs", "not_understood").filter(condition)
            for _ in each_partition(request.door)
        ),
        order=("-id",),
    )
    return _list(request, "drift_check_list", rows, "Checks", state)


@needs(READ)
def ignore_rule_list(request: Any, tenant: str) -> HttpResponse:
    if _asks_for_tabs(request):
        return _counted_tabs(request, "Ignore rules")
    statuses = Filter("status", "Status", [("", "Any status"), *RuleStatus.choices], "status")
    given = (environment_filter(), statuses)
    state, condition = filters(request, *given), filtered(request, *given)
    rows = keyset_page(
        request,
        (with_hides(IgnoreRule.objects.filter(condition)) for _ in each_partition(request.door)),
        order=("-id",),
    )
    return _list(request, "ignore_rule_list", rows, "Ignore rules", state)


def _list(request: Any, name: str, rows: Any, tab: str, state: dict[str, Any]) -> HttpResponse:
    tabs = _tabs(request, tab, {})
    bindings = admitted(row.environment_id for row in rows.rows)
    context = {
        "page": rows, "bindings": bindings, "tabs": tabs, "tab": tab, "partials": ("results",),
        **state,
    }  # fmt: skip
    return page(request, f"drift_findings/{name}.html", context)


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
