"""Making an API client: the token is on one page, once."""

import hashlib
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest

from apps.core.access import ROLE_SCOPES, TOKEN_SCOPES, Role
from apps.people.models import ApiClient
from tests.console.bodies import words
from tests.console.people import as_admin
from tests.console.signed_in import SignIn
from tests.core.doors import run
from tests.platform.forms import errors
from tests.world import World

PATH = "/t/acme/api-clients/new/"
NEW = {"name": "pipeline", "scopes": ["runtime.services.read", "runtime.health.write"]}


def test_the_token_is_shown_once_and_stands_in_no_message_cookie_or_log(
    world: World, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    page = browser.post(PATH, NEW)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    [token] = set(re.findall(r"rp_[A-Za-z0-9_-]{43}", page.content.decode()))
    with as_admin(world.acme):
        found = run("SELECT app.client_by_token(%s)", [hashlib.sha256(token.encode()).digest()])
    assert "runtime.health.write" in str(found)
    secret = token[10:]
    assert secret not in page.cookies.output()
    assert secret not in caplog.text
    assert secret not in browser.get("/t/acme/api-clients/").content.decode()


def test_only_what_the_admin_has_and_a_token_may_carry_is_offered(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    offered = re.findall(r'value="(runtime\.[a-z.]+)"', browser.get(PATH).content.decode())
    assert set(offered) == TOKEN_SCOPES & ROLE_SCOPES[Role.TENANT_ADMIN]
    for scope in ("runtime.audit.read", "runtime.tenants.write", "x"):
        page = browser.post(PATH, {**NEW, "scopes": [scope]})
        assert page.status_code == 422
        assert set(errors(page)) == {"scopes", ""}


def test_an_end_is_in_the_admins_own_time_zone(world: World, sign_in: SignIn) -> None:
    admin = world.acme.people[Role.TENANT_ADMIN]
    browser = sign_in(admin)
    browser.post("/accounts/time-zone/", {"time_zone": "Asia/Tokyo"})
    end = (datetime.now(UTC) + timedelta(days=3)).replace(second=0, microsecond=0, tzinfo=None)
    given = (end + timedelta(hours=9)).isoformat(timespec="minutes")
    assert browser.post(PATH, {**NEW, "expires_at": given}).status_code == 200
    with as_admin(world.acme):
        assert ApiClient.objects.get(name="pipeline").expires_at == end.replace(tzinfo=UTC)


def test_an_end_that_is_past_is_refused(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    page = browser.post(PATH, {**NEW, "expires_at": "2020-01-01T00:00"})
    assert page.status_code == 422
    assert "future" in errors(page)["expires_at"]
    assert "pipeline" not in words(browser.get("/t/acme/api-clients/"))
