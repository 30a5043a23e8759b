"""Pages of refusals and failures: what happened, what to do, and which request it was."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.core.errors import Invalid, Refused
from apps.services import views as service_views
from runtime_portal import console
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.world import World

ID = "given-by-the-caller"
HEADERS = {"X-Request-ID": ID}


def _raises(error: Exception) -> Any:
    def view(*args: Any, **more: Any) -> Any:
        raise error

    return view


@pytest.fixture
def pages(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[int, Any]]:
    """One of each, as somebody gets it."""
    cache.clear()
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER])
    get = {"headers": HEADERS}
    here = world.acme.environments["pool"]
    found = {
        403: viewer.get(f"/t/acme/environments/{here}/services/import/", **get),
        404: viewer.get("/t/globex/services/", **get),
    }
    for status, error in (
        (409, Refused("The moon is full.")), (422, Invalid("The moon is new.")),
        (500, RuntimeError("the secret")), (503, OperationalError("the secret at 10.0.0.1")),
    ):  # fmt: skip
        monkeypatch.setattr(service_views, "environment_filter", _raises(error))
        found[status] = viewer.get("/t/acme/services/", **get)
    stranger = Client()
    for _ in range(40):
        answer = stranger.post("/accounts/login/", {"login": "x@x.test", "password": "x"}, **get)
        if answer.status_code == 429:
            break
    found[429] = answer
    yield found
    cache.clear()


def test_each_has_its_status_the_request_and_a_way_on(pages: dict[int, Any]) -> None:
    for status, answer in pages.items():
        assert answer.status_code == status
        text = words(answer)
        assert ID in text and str(status) in text, status
        assert answer["X-Request-ID"] == ID
        assert "/" in links(answer), "a way to the start"
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        assert "the secret" not in answer.content.decode()
        assert len(text) > 120, "what to do about it"


def test_what_was_refused_says_why(pages: dict[int, Any]) -> None:
    assert "The moon is full." in words(pages[409])
    assert "The moon is new." in words(pages[422])
    assert "runtime.services.write" in words(pages[403])


@pytest.mark.parametrize("path", ["/", "/t/acme/services/", "/platform/", "/nothing/"])
def test_without_the_database_it_says_so_and_when_to_try_again(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The session is the first thing that is asked for."""
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    monkeypatch.setattr(SessionStore, "load", _raises(OperationalError("connection refused")))
    answer = browser.get(path, headers=HEADERS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert ID in words(answer) and "refused" not in words(answer)


def test_the_api_says_it_as_a_problem(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime_portal import api

    browser = sign_in(None)
    monkeypatch.setattr(api.openapi, "text", _raises(OperationalError("connection refused")))
    answer = browser.get("/v1/openapi.json", headers=HEADERS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith(":unavailable") and answer.json()["requestId"] == ID


@pytest.mark.parametrize("make", [console.failed, console.unavailable])
def test_what_stands_alone_asks_the_database_nothing(rolled_back: None, make: Any) -> None:
    request = HttpRequest()
    request.request_id = ID  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as captured:
        answer = make(request)
    assert len(captured) == 0
    assert ID in answer.content.decode()


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_it_renders_without_any_context_too(name: str) -> None:
    text = render_to_string(name)
    assert "Go to the start" in text and "below" not in text


def test_a_form_that_has_expired_says_so_with_its_request(world: World, rolled_back: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/accounts/login/", {"login": "x", "password": "x"}, headers=HEADERS)
    assert answer.status_code == 403
    assert "This form has expired" in words(answer) and ID in words(answer)


def test_a_failure_of_the_database_leaves_nothing_behind(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.tenants import views as tenant_views
    from apps.tenants.models import Tenant
    from apps.tenants.operations import onboard_tenant
    from tests.core.doors import on_platform

    def writes_then_fails(**values: Any) -> Any:
        onboard_tenant(**values)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(tenant_views, "onboard_tenant", writes_then_fails)
    admin = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = admin.post("/platform/tenants/new/", {"tenant_id": "initech", "name": "Initech"})
    assert answer.status_code == 503
    with on_platform(world):
        assert not Tenant.objects.filter(tenant_id="initech").exists()
