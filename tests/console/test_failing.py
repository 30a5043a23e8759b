"""A view that fails leaves nothing behind, and its page says which request it was."""

from typing import Any

import pytest
from django.template.response import TemplateResponse

from apps.core import forms as core_forms
from apps.core.access import Role
from apps.core.errors import Forbidden, Refused
from apps.core.models import AuditEntry
from apps.services import views as service_views
from apps.tenants import views as tenant_views
from apps.tenants.models import Tenant
from apps.tenants.operations import onboard_tenant
from tests.console.signed_in import SignIn
from tests.console.trail import refusals
from tests.core.doors import on_platform
from tests.world import World

NEW = {"tenant_id": "initech", "name": "Initech"}


def _write_then(error: Exception) -> Any:
    def operation(**values: Any) -> Any:
        onboard_tenant(**values)
        raise error

    return operation


def _is_made(world: World) -> bool:
    with on_platform(world):
        return Tenant.objects.filter(tenant_id="initech").exists()


def test_what_a_view_wrote_before_it_failed_is_rolled_back_with_its_audit(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_views, "onboard_tenant", _write_then(RuntimeError("broken")))
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post("/platform/tenants/new/", NEW)
    assert answer.status_code == 500
    assert not _is_made(world)
    with on_platform(world):
        assert not AuditEntry.objects.filter(object_id="initech").exists()


def test_what_fails_while_the_page_is_rendered_is_rolled_back_too(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view(request: Any, **values: Any) -> Any:
        def broken() -> str:
            raise RuntimeError("in the template")

        onboard_tenant(slug="initech", name="Initech")
        return TemplateResponse(request, "403.html", {"reason": broken})

    monkeypatch.setattr(core_forms, "page", lambda request, *a, **k: view(request))
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post("/platform/tenants/new/", {})
    assert answer.status_code == 500
    assert not _is_made(world)


def test_a_failure_names_its_request_and_nothing_of_itself(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_views, "onboard_tenant", _write_then(RuntimeError("the secret")))
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(
        "/platform/tenants/new/", NEW, headers={"X-Request-ID": "given-by-the-caller"}
    )
    text = answer.content.decode()
    assert answer["X-Request-ID"] == "given-by-the-caller"
    assert "given-by-the-caller" in text
    assert "the secret" not in text
    assert "Traceback" not in text
    assert "Content-Security-Policy" in answer


def test_an_id_that_is_none_is_replaced(world: World, sign_in: SignIn) -> None:
    for given in ("short", "with space and more", "x" * 65, "<script>alert(1)</script>"):
        answer = sign_in(None).get("/healthz", headers={"X-Request-ID": given})
        assert answer["X-Request-ID"] != given
        assert len(answer["X-Request-ID"]) == 36


def test_a_refusal_is_no_failure_and_says_why(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **values: Any) -> Any:
        raise Refused("The moon is full.")

    monkeypatch.setattr(service_views, "environment_filter", refuse)
    answer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    assert answer.status_code == 409
    assert "The moon is full." in answer.content.decode()


def test_a_right_that_an_operation_asks_for_is_refused_and_audited(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*args: Any, **values: Any) -> Any:
        raise Forbidden("This needs more than you have.")

    monkeypatch.setattr(service_views, "environment_filter", forbid)
    answer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    assert answer.status_code == 403
    assert "This needs more than you have." in answer.content.decode()
    assert refusals(world, "acme") == [("tenant-viewer@acme.test", "/t/acme/services/")]


def test_a_page_that_is_rendered_late_still_sees_the_tenants_rows(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap of ATOMIC_REQUESTS: a template is rendered after the view has returned."""
    from apps.services.models import RuntimeService

    seen: list[list[str]] = []

    def late(request: Any, *how: Any, **more: Any) -> Any:
        rows = RuntimeService.objects.filter(module_id="cart")

        def reason() -> str:
            seen.append([row.module_id for row in rows])
            return "rendered"

        return TemplateResponse(request, "403.html", {"reason": reason})

    monkeypatch.setattr(service_views, "list_page", late)
    answer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    assert answer.status_code == 200
    assert seen[0] == ["cart"]
