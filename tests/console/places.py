"""Every URL of the console with the things of one tenant in it: {URL name: path}."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, get_resolver, reverse

from apps.core.access import PLATFORM_ROLES, ROLE_SCOPES, TENANT_ROLES
from apps.deployments.models import DeploymentStep
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding
from apps.services.models import RuntimeService
from tests.console.governance import things_of_governance
from tests.console.people import things_of_people
from tests.core.doors import inside, run
from tests.world import TestTenant

# Who may open a page: what each kind of visitor gets. Tenant roles are those of the tenant in the
# URL, "stranger" is the admin of another tenant, None is nobody.
Codes = Mapping[str | None, int]
_NOBODY: Codes = {None: 302}
OF_THE_TENANT: Codes = {
    **_NOBODY,
    **dict.fromkeys(TENANT_ROLES, 200),
    **dict.fromkeys(PLATFORM_ROLES, 404),
    "stranger": 404,
}
OF_THE_PLATFORM: Codes = {
    **_NOBODY,
    **dict.fromkeys(TENANT_ROLES, 404),
    **dict.fromkeys(PLATFORM_ROLES, 200),
    "stranger": 404,
}
FOR_PLATFORM_ADMINS: Codes = {
    **OF_THE_PLATFORM,
    **dict.fromkeys(PLATFORM_ROLES, 403),
    "platform-admin": 200,
}
FOR_OFFICERS: Codes = {
    **FOR_PLATFORM_ADMINS,
    "platform-admin": 403,
    "governance-officer": 200,
}


def of_the_tenant(scope: str) -> Codes:
    """For who has that scope in the tenant: 200; colleagues without it 403; strangers 404."""
    return {
        **OF_THE_TENANT,
        **{role: 200 if scope in ROLE_SCOPES[role] else 403 for role in TENANT_ROLES},
    }


VISITORS = (None, "stranger", *TENANT_ROLES, *PLATFORM_ROLES)
SIGNED_IN: Codes = {**dict.fromkeys(VISITORS, 200), **_NOBODY}
EVERYBODY: Codes = dict.fromkeys(VISITORS, 200)

EXPECTED: Mapping[str, Codes] = {
    "home": SIGNED_IN,
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    "metrics": EVERYBODY,  # they come from this machine
    "tenant_home": OF_THE_TENANT,
    **{
        f"overview:{panel}": OF_THE_TENANT
        for panel in ("grid", "waiting_panel", "changes_panel", "last_deployments")
    },
    "tenant_admin_home": OF_THE_TENANT,
    "tenant_bindings:environment_list": OF_THE_TENANT,
    "tenant_bindings:environment_detail": OF_THE_TENANT,
    "services:service_list": OF_THE_TENANT,
    "services:service_detail": OF_THE_TENANT,
    "health_results:health_list": OF_THE_TENANT,
    "health_results:service_health": OF_THE_TENANT,
    "services:service_export": OF_THE_TENANT,
    "services:service_import": of_the_tenant("runtime.services.write"),
    "services:service_selected": of_the_tenant("runtime.services.write"),
    **{
        f"services:service_{verb}": of_the_tenant("runtime.services.write")
        for verb in ("create", "edit", "run", "degrade", "stop", "start", "retire")
    },
    "deployments:deployment_list": OF_THE_TENANT,
    "deployments:deployment_detail": OF_THE_TENANT,
    "deployments:step_log": OF_THE_TENANT,
    "deployments:step_log_export": OF_THE_TENANT,
    "deployments:deployment_compare": OF_THE_TENANT,
    **{
        f"deployments:deployment_{verb}": of_the_tenant("runtime.deployments.write")
        for verb in (
            "request",
            "roll_back",
            "advance",
            "fail",
            "back_out",
            "finish_back_out",
            "abandon",
            "mark_bad",
            "clear_bad",
            "release_hold",
        )
    },
    "freezes:freeze_list": OF_THE_TENANT,
    "freezes:freeze_create": of_the_tenant("runtime.freezes.write"),
    "freezes:freeze_end": of_the_tenant("runtime.freezes.write"),
    "configurations:configuration_list": OF_THE_TENANT,
    "configurations:configuration_detail": OF_THE_TENANT,
    "audit_trail:entry_list": of_the_tenant("runtime.audit.read"),
    "audit_trail:entry_detail": of_the_tenant("runtime.audit.read"),
    "drift_findings:finding_list": OF_THE_TENANT,
    "drift_findings:finding_detail": OF_THE_TENANT,
    "drift_findings:drift_check_list": OF_THE_TENANT,
    "drift_findings:drift_check_detail": OF_THE_TENANT,
    "drift_findings:ignore_rule_list": OF_THE_TENANT,
    "drift_findings:drift_check_create": of_the_tenant("runtime.drift.write"),
    "drift_findings:finding_acknowledge": of_the_tenant("runtime.drift.write"),
    "drift_findings:finding_unacknowledge": of_the_tenant("runtime.drift.write"),
    "drift_findings:finding_resolve": of_the_tenant("runtime.drift.write"),
    "drift_findings:finding_ignore": of_the_tenant("runtime.drift.write"),
    "drift_findings:ignore_rule_create": of_the_tenant("runtime.drift.write"),
    "drift_findings:ignore_rule_end": of_the_tenant("runtime.drift.write"),
    "search:search_results": OF_THE_TENANT,
    "configurations:configuration_diff": OF_THE_TENANT,
    "configurations:configuration_export": OF_THE_TENANT,
    **{
        f"configurations:configuration_{verb}": of_the_tenant("runtime.configurations.write")
        for verb in ("draft", "edit", "publish", "discard")
    },
    "scaling_policies:policy_list": OF_THE_TENANT,
    "integrations:manifest_detail": OF_THE_TENANT,
    "integrations:manifest_export": OF_THE_TENANT,
    "scaling_policies:policy_edit": of_the_tenant("runtime.scaling.write"),
    "scaling_policies:policy_edit_many": of_the_tenant("runtime.scaling.write"),
    "retention:retention_overview": of_the_tenant("runtime.retention.read"),
    "retention:retention_why": OF_THE_TENANT,
    "retention:retention_forecast": of_the_tenant("runtime.retention.read"),
    "retention:exception_list": of_the_tenant("runtime.retention.read"),
    "retention:exception_detail": of_the_tenant("runtime.retention.read"),
    "retention:exception_request": of_the_tenant("runtime.retention.write"),
    "retention:exception_withdraw": of_the_tenant("runtime.retention.write"),
    **{
        f"governance:{name}": FOR_OFFICERS
        for name in (
            "hold_list",
            "hold_detail",
            "hold_place",
            "hold_propose_lift",
            "hold_keep",
            "hold_lift",
            "exception_list",
            "exception_detail",
            "exception_approve",
            "exception_refuse",
            "exception_withdraw",
            "window_list",
            "window_lengthen",
            "window_return",
            "return_confirm",
            "return_decline",
        )
    },
    **{
        f"retention:{page}": of_the_tenant("runtime.retention.read")
        for page in (
            "run_list",
            "run_detail",
            "certificate_detail",
            "certificate_export",
            "certificate_proof",
        )
    },
    "platform_home": OF_THE_PLATFORM,
    "tenants:tenant_list": OF_THE_PLATFORM,
    "tenants:tenant_detail": OF_THE_PLATFORM,
    "tenants:tenant_create": FOR_PLATFORM_ADMINS,
    "tenants:tenant_edit": FOR_PLATFORM_ADMINS,
    "tenants:vault_create": FOR_PLATFORM_ADMINS,
    "environments:environment_list": OF_THE_PLATFORM,
    "environments:environment_detail": OF_THE_PLATFORM,
    "environments:environment_create": FOR_PLATFORM_ADMINS,
    "environments:environment_edit": FOR_PLATFORM_ADMINS,
    "environments:environment_provision": FOR_PLATFORM_ADMINS,
    "environments:environment_complete": FOR_PLATFORM_ADMINS,
    "environments:environment_fail": FOR_PLATFORM_ADMINS,
    "environments:environment_abandon": FOR_PLATFORM_ADMINS,
    "environments:environment_decommission": FOR_PLATFORM_ADMINS,
    "fleet_search:fleet_results": OF_THE_PLATFORM,
    "bindings:binding_list": OF_THE_PLATFORM,
    "bindings:binding_detail": OF_THE_PLATFORM,
    "bindings:binding_create": FOR_PLATFORM_ADMINS,
    "bindings:binding_quota": FOR_PLATFORM_ADMINS,
    "bindings:binding_suspend": FOR_PLATFORM_ADMINS,
    "bindings:binding_resume": FOR_PLATFORM_ADMINS,
    "bindings:binding_release": FOR_PLATFORM_ADMINS,
    "platform_audit:entry_list": FOR_OFFICERS,
    "platform_audit:entry_detail": FOR_OFFICERS,
    "platform_retention:fleet_retention": FOR_OFFICERS,
    "platform_retention:run_list": FOR_OFFICERS,
    "platform_retention:run_detail": FOR_OFFICERS,
    "platform_retention:certificate_detail": FOR_OFFICERS,
    "platform_retention:certificate_export": FOR_OFFICERS,
    "platform_retention:certificate_proof": FOR_OFFICERS,
    "platform_freezes:freeze_list": OF_THE_PLATFORM,
    "platform_freezes:freeze_create": FOR_PLATFORM_ADMINS,
    "platform_freezes:freeze_end": FOR_PLATFORM_ADMINS,
    "upkeep:job_list": OF_THE_PLATFORM,
    "upkeep:alert_list": OF_THE_PLATFORM,
    "upkeep:job_run": FOR_PLATFORM_ADMINS,
    "people:people_list": OF_THE_TENANT,
    "people:invitation_create": of_the_tenant("runtime.people.write"),
    "people:invitation_revoke": of_the_tenant("runtime.people.write"),
    "people:role_grant": of_the_tenant("runtime.people.write"),
    "people:role_end": of_the_tenant("runtime.people.write"),
    "people:person_erase": of_the_tenant("runtime.people.write"),
    "people:visit_elevate": of_the_tenant("runtime.people.write"),
    "people:visit_end": of_the_tenant("runtime.people.write"),
    "people:api_client_list": OF_THE_TENANT,
    "people:api_client_create": of_the_tenant("runtime.clients.write"),
    "people:api_client_revoke": of_the_tenant("runtime.clients.write"),
    "platform_people:platform_people": OF_THE_PLATFORM,
    "platform_people:platform_invitation_create": FOR_PLATFORM_ADMINS,
    "platform_people:platform_invitation_revoke": FOR_PLATFORM_ADMINS,
    "platform_people:platform_role_grant": FOR_PLATFORM_ADMINS,
    "platform_people:platform_role_end": FOR_PLATFORM_ADMINS,
    "platform_people:platform_person_erase": FOR_PLATFORM_ADMINS,
    "platform_people:officer_propose": FOR_PLATFORM_ADMINS,
    "platform_people:officer_withdraw": FOR_PLATFORM_ADMINS,
    "platform_people:officer_confirm": FOR_OFFICERS,
    "platform_people:officer_decline": FOR_OFFICERS,
    "platform_people:officer_end": FOR_OFFICERS,
    "platform_people:first_admin_invite": FOR_PLATFORM_ADMINS,
    "platform_people:visit_start": FOR_PLATFORM_ADMINS,
    "platform_people:visit_leave": FOR_PLATFORM_ADMINS,
}


def parameters(name: str) -> tuple[str, ...]:
    """What the URL of that name takes."""
    prefix, resolver = _resolver(name)
    [(_, taken)] = resolver.reverse_dict.getlist(name.rpartition(":")[2])[0][0]
    return (*re.findall(r"\(\?P<(\w+)>", prefix), *taken)


def _resolver(name: str) -> tuple[str, Any]:
    """The URLconf that holds it, and the prefix at which that one is included."""
    namespace = name.rpartition(":")[0]
    resolver: Any = get_resolver("runtime_portal.urls")
    return resolver.namespace_dict[namespace] if namespace else ("", resolver)


def _writes(name: str) -> bool:
    """Whether the page is a form: its view says that it needs the right to write."""
    views = {
        p.name: p.callback for p in _resolver(name)[1].url_patterns if isinstance(p, URLPattern)
    }
    return str(getattr(views[name.rpartition(":")[2]], "needs", "")).endswith(".write")


WRITE_PAGES = tuple(name for name in EXPECTED if _writes(name))
READ_PAGES = tuple(name for name in EXPECTED if name not in WRITE_PAGES)
# Those of a tenant, for reading; then those of one of its environments.
TENANT_PAGES = tuple(name for name in READ_PAGES if "tenant" in parameters(name))
ENVIRONMENT_PAGES = tuple(name for name in TENANT_PAGES if "environment_id" in parameters(name))


@dataclass(frozen=True)
class Things:
    """One of each kind in one environment of a tenant, by their ids."""

    tenant: str
    environment: UUID
    binding: UUID
    service: UUID
    deployment: UUID
    step: UUID
    configuration: UUID
    entry: UUID  # of its chain in the control plane
    freeze: UUID
    platform_freeze: UUID
    finding: UUID
    drift_check: UUID
    ignore_rule: UUID
    person: UUID
    membership: UUID
    invitation: UUID
    visit: UUID
    client: UUID
    colleague: UUID
    role: UUID
    officer: UUID
    letter: UUID
    proposal: UUID
    hold: UUID
    exception: UUID
    window_return: UUID
    run: UUID
    certificate: UUID
    row: UUID
    job: str = "make_days"

    def path(self, name: str) -> str:
        """The URL of that name; it takes of these ids what it needs."""
        arguments = {}
        for parameter in parameters(name):
            of = PARAMETERS.get(parameter, parameter.removesuffix("_id"))
            arguments[parameter] = getattr(self, of)
        return reverse(name, kwargs=arguments)


# Parameters of URLs that are not called as what they are the id of.
PARAMETERS = {"tenant_id": "tenant", "own_visit_id": "visit"}


def things_of(tenant: TestTenant, model: str = "silo") -> Things:
    """Read behind the door, in the test's own transaction."""
    with inside(tenant, model, writing=False):
        service = RuntimeService.objects.select_related("deployment").get(
            id=tenant.services[model]["cart"]
        )
        step = DeploymentStep.objects.get(deployment=service.deployment)
        ((entry,), *_) = run(
            "SELECT id FROM public.core_auditentry WHERE tenant_id = %s ORDER BY number",
            [tenant.slug],
        )
        here = {"environment_id": tenant.environments[model]}
        finding = RuntimeDriftFinding.objects.filter(**here).earliest("id")
        rule = IgnoreRule.objects.filter(**here).earliest("id")
    return Things(
        tenant.slug,
        tenant.environments[model],
        tenant.bindings[model],
        service.id,
        service.deployment_id,
        step.id,
        service.deployment.configuration_id,
        entry,
        tenant.freezes["own"],
        tenant.freezes["platform"],
        finding.id,
        finding.first_check_id,
        rule.id,
        **things_of_people(tenant),
        **things_of_governance(tenant, model),
        **tenant.disposed,
    )
