"""From a URL to its function, its right and its template, by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from apps.core.access import ALL_SCOPES, TOKEN_SCOPES

ROOT = Path(__file__).parents[2]
ANYBODY = {"public", "signed-in"}
# Views of libraries, which cannot be stamped; each is open to whoever is not signed in.
LIBRARY = {
    "account_login": "signing in comes before any right",
    "account_signup": "closed by the adapter: people come by invitation",
    "account_reset_password": "who forgot a password is not signed in",
    "account_reset_password_done": "the page after it",
    "account_reset_password_from_key": "found by the key of a letter",
    "account_reset_password_from_key_done": "the page after it",
    "account_inactive": "says that an account is switched off",
}
# A page without a template of its own name, and why.
OTHER_TEMPLATE = {
    "binding_create": "binding_form", "binding_suspend": "binding_form",
    "binding_resume": "binding_form", "binding_release": "binding_form",
    "finding_acknowledge": "finding_form", "finding_unacknowledge": "finding_form",
    "finding_resolve": "finding_form",
    "finding_ignore": "ignore_rule_form", "ignore_rule_create": "ignore_rule_form",
    "binding_quota": "binding_form",
    "tenant_create": "tenant_form", "tenant_edit": "tenant_form",
    **dict.fromkeys(
        ("environment_create", "environment_edit", "environment_provision", "environment_complete",
         "environment_fail", "environment_abandon", "environment_decommission"),
        "environment_form",
    ),
    **dict.fromkeys(
        (
            "deployment_request", "deployment_advance", "deployment_fail", "deployment_back_out",
            "deployment_finish_back_out", "deployment_abandon", "deployment_mark_bad",
            "deployment_clear_bad", "deployment_release_hold",
        ),
        "deployment_form",
    ),
    **dict.fromkeys(
        (
            "invitation_create", "invitation_revoke", "role_grant", "role_end", "person_erase",
            "visit_elevate", "visit_end", "api_client_create", "api_client_revoke",
            "platform_invitation_create", "platform_invitation_revoke", "platform_role_grant",
            "platform_role_end", "platform_person_erase", "officer_propose", "officer_end",
            "officer_confirm", "officer_decline", "officer_withdraw", "first_admin_invite",
            "visit_start", "visit_leave",
        ),
        "people_form",
    ),
    **dict.fromkeys(("hold_place", "hold_propose_lift", "hold_keep", "hold_lift"), "hold_form"),
    **dict.fromkeys(
        ("exception_request", "exception_approve", "exception_refuse", "exception_withdraw"),
        "exception_form",
    ),
    **dict.fromkeys(
        ("window_lengthen", "window_return", "return_confirm", "return_decline"), "window_form"
    ),
    "freeze_create": "freeze_form", "freeze_end": "freeze_form",
    **dict.fromkeys(
        [f"service_{verb}" for verb in (
            "create", "edit", "run", "degrade", "stop", "start", "retire"
        )],
        "service_form",
    ),
    # A file, of what that page takes.
    "step_log_export": "step_log",
    "service_export": "service_import", "configuration_export": "configuration_form",
    "manifest_export": "manifest_detail",
    "certificate_export": "certificate_detail", "certificate_proof": "certificate_detail",
    **dict.fromkeys(
        [f"configuration_{verb}" for verb in ("draft", "edit", "publish", "discard")],
        "configuration_form",
    ),
}  # fmt: skip
APPS = {
    "bindings": "tenant_bindings",
    "platform_audit": "audit_trail",
    "platform_freezes": "freezes",
    "platform_people": "people",
    "platform_retention": "retention",
    "fleet_search": "search",
    "governance": "retention",
}


def _patterns(resolver: Any, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, pattern.namespace or namespace)
        else:
            yield namespace, pattern


URLS = [
    (namespace, pattern)
    for conf in ("runtime_portal.urls", "runtime_portal.urls_tenant_admin")
    for namespace, pattern in _patterns(get_resolver(conf))
]
OURS = [
    (n, p)
    for n, p in URLS
    if "admin" not in n and n != "api" and p.name and not p.name.startswith("account_")
]


def _stamp(view: Any) -> str | None:
    admin = getattr(view, "model_admin", view)
    site = getattr(admin, "admin_site", None)
    return getattr(view, "needs", None) or getattr(site, "scope", None)


@pytest.mark.parametrize(("namespace", "pattern"), URLS, ids=lambda value: str(value)[:60])
def test_every_view_names_the_right_that_it_needs(namespace: str, pattern: URLPattern) -> None:
    if actions := getattr(pattern.callback, "actions", None):
        viewset: Any = pattern.callback.cls
        stamped = {getattr(viewset, name).needs for name in actions.values()}
        assert {getattr(viewset, name).operation.scope for name in actions.values()} == stamped
        assert stamped <= TOKEN_SCOPES
        return
    if pattern.name in LIBRARY:
        assert getattr(pattern.callback, "login_required", True) is False
        return
    stamped = _stamp(pattern.callback)
    assert stamped is not None
    assert stamped in ALL_SCOPES | ANYBODY


def test_no_exception_for_a_library_is_stale() -> None:
    assert set(LIBRARY) <= {pattern.name for _, pattern in URLS}
    assert set(OTHER_TEMPLATE) <= {pattern.name for _, pattern in URLS}


@pytest.mark.parametrize(("namespace", "pattern"), OURS, ids=lambda value: str(value)[:60])
def test_url_function_and_template_have_one_name(namespace: str, pattern: URLPattern) -> None:
    view = pattern.callback
    name = str(pattern.name)
    assert view.__name__ in (name, f"{name}_home")
    if not namespace:
        return
    app = APPS.get(namespace, namespace)
    assert view.__module__.startswith(f"apps.{app}.")
    template = ROOT / "templates" / app / f"{OTHER_TEMPLATE.get(name, name)}.html"
    assert template.exists()
