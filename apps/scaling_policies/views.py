"""Pages of scaling policies: the list of a tenant, one, and many at once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.errors import Invalid, PortalError
from apps.core.forms import confirmation, form_page, retype
from apps.core.htmx import Filter, attempt, page, posted
from apps.core.lists import list_page
from apps.quotas.queries import limits, replicas
from apps.retention.queries import kept
from apps.scaling_policies.forms import ApplyForm, ManyPoliciesForm, PolicyForm
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.scaling_policies.operations import (
    Bounds,
    bounds_of,
    change_policies,
    change_policy,
    check_changes,
)
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

READ, WRITE = "runtime.scaling.read", "runtime.scaling.write"
MOST = 500
COLUMNS = ("Environment", "Stage", "Replicas", "At least", "At most", "Metric", "Target")


@needs(READ)
def policy_list(request: Any, tenant: str) -> HttpResponse:
    """Of live services; rows can be ticked where one environment is chosen."""
    given = (
        environment_filter(),
        Filter(
            "metric",
            "Metric",
            [("", "Any metric"), *((one, one) for one in Metric.values)],
            "metric",
        ),
    )
    return list_page(
        request,
        "scaling_policies/policy_list.html",
        given,
        lambda condition: [
            ScalingPolicy.objects.filter(condition)
            .exclude(service__status="Retired")
            .select_related("service")
        ],
        order=("-id",),
        places=each_partition(request.door),
        columns=COLUMNS,
        more=lambda found: {
            "bindings": admitted(row.environment_id for row in found.rows),
            "environment": request.GET.get("environment", ""),
        },
    )


@needs(WRITE)
def policy_edit(request: Any, tenant: str, environment_id: UUID, service_id: UUID) -> HttpResponse:
    policy = get_object_or_404(
        ScalingPolicy.objects.select_related("service"),
        service_id=service_id,
        environment_id=environment_id,
    )
    form = PolicyForm(
        posted(request),
        confirm=confirmation(request.door),
        initial=vars(bounds_of(policy)),
    )
    there = f"/t/{tenant}/environments/{environment_id}/services/{service_id}/"
    return form_page(
        request,
        form,
        "scaling_policies/policy_edit.html",
        {"title": f"Scale {policy.service}", "submit": "Save", "policy": policy,
         "cancel_url": there, "kept": kept("retired-service", service_id, environment_id)},
        run=lambda: change_policy(service_id, form.bounds(), reason=form.cleaned_data["reason"]),
        to=there,
        done=lambda changed: f"{policy.service} is scaled." if changed else "Nothing has changed.",
    )  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One ticked policy: what it is, what it would be, and why not."""

    policy: ScalingPolicy
    before: Bounds
    after: Bounds
    problems: list[str]


@needs(WRITE)
def policy_edit_many(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    """GET previews what is told in the query; POST applies it, all or nothing."""
    given = request.POST if request.method == "POST" else request.GET
    wanted = ManyPoliciesForm(given)
    plan = _plan(environment_id, given.getlist("service"), wanted)
    form = ApplyForm(
        posted(request), confirm=confirmation(request.door), initial={"chosen": len(plan)}
    )
    context = {"form": form, "wanted": wanted, "plan": plan, **_promised(environment_id, plan),
               "services": [one.policy.service_id for one in plan]}  # fmt: skip
    if request.method != "POST":
        return page(request, "scaling_policies/policy_edit_many.html", context)
    if form.is_valid() and form.cleaned_data["chosen"] != len(plan):
        form.add_error(None, f"The selection is now {len(plan)} and was not when you chose it.")
        retype(form, "chosen", len(plan))
    if not plan or not wanted.is_valid() or not wanted.is_told:
        form.add_error(None, "Tick policies in the list and say what to set.")
    if form.is_valid():
        changes = {one.policy.service_id: one.after for one in plan}
        why = form.cleaned_data["reason"]
        context["changed"] = attempt(form, lambda: change_policies(changes, reason=why))
    status = 200 if form.is_valid() else 422
    return page(request, "scaling_policies/policy_edit_many.html", context, status=status)


def _plan(environment_id: UUID, keys: list[str], wanted: ManyPoliciesForm) -> list[Planned]:
    if len(keys) > MOST:
        raise Invalid.field("service", f"must be at most {MOST} at once.")
    try:
        ids = {UUID(key) for key in keys}
    except ValueError as error:
        raise Invalid.field("service", "is not a row of the list.") from error
    policies = list(
        ScalingPolicy.objects.filter(environment_id=environment_id, service_id__in=ids)
        .select_related("service")
        .order_by("service__module_id", "id")
    )
    valid = wanted.is_valid()
    after = {p.service_id: wanted.after(bounds_of(p)) if valid else bounds_of(p) for p in policies}
    try:
        check_changes(after)
        refused: dict[str, list[str]] = {}
    except PortalError as error:
        refused = {name: list(problems) for name, problems in error.fields.items()}
    return [
        Planned(p, bounds_of(p), after[p.service_id], _of(str(p.service_id), refused))
        for p in policies
    ]


def _of(key: str, refused: dict[str, list[str]]) -> list[str]:
    return [
        f"{name.partition('.')[2]} {problem}"
        for name, problems in refused.items()
        if name.partition(".")[0] == key
        for problem in problems
    ]


def _promised(environment_id: UUID, plan: list[Planned]) -> dict[str, int | None]:
    """What scaling would come to, and what the quota allows: shown before it refuses."""
    _, now = replicas(environment_id)
    more = sum(one.after.max_replicas - one.before.max_replicas for one in plan)
    return {"promised": now, "would": now + more, "limit": limits(environment_id).replicas}
