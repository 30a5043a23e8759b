"""One JSON object a line, with request, tenant, view, status and time; never what was sent."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.core.access import Role
from apps.services import views as service_views
from runtime_portal.logs import JsonLines, WithoutPaths
from tests.api.caller import Caller
from tests.console.signed_in import SignIn
from tests.monitoring.conftest import Lines
from tests.tenant_bindings.test_worker import _environment
from tests.world import PASSWORD, World


def _raises(error: Exception) -> Any:
    def view(*args: Any, **more: Any) -> Any:
        raise error

    return view


def test_a_request_is_one_line_of_what_one_looks_for(
    world: World, sign_in: SignIn, lines: Lines
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    browser.get("/t/acme/services/?q=cart", headers={"X-Request-ID": "given-by-the-caller"})
    (line,) = lines.requests()
    assert line.pop("durationMs") > 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info", "logger": "runtime_portal.requests", "requestId": "given-by-the-caller",
        "message": "GET services:service_list 200", "view": "services:service_list",
        "method": "GET", "status": 200, "tenantId": "acme",
    }  # fmt: skip


def test_the_api_says_its_tenant_too(world: World, acme: Caller, lines: Lines) -> None:
    assert acme.get("/services?limit=1").status_code == 200
    (line,) = lines.requests()
    assert (line["view"], line["tenantId"], line["status"]) == ("api:services", "acme", 200)


def test_a_tenant_that_lets_nobody_in_is_not_named(
    world: World, sign_in: SignIn, lines: Lines
) -> None:
    browser = sign_in(world.stranger)
    browser.get("/t/acme/services/")
    sign_in(None).get("/t/acme/services/")
    assert [line["status"] for line in lines.requests()] == [404, 302]
    assert "acme" not in lines.text


def test_lines_of_one_request_carry_its_id_and_no_line_after_it_does(
    world: World, sign_in: SignIn, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_views, "environment_filter", _raises(KeyError("x")))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    answer = browser.get("/t/acme/services/")
    assert answer.status_code == 500
    logging.getLogger("later").error("on its own")
    *of_it, later = lines.all()
    assert {line["logger"] for line in of_it} >= {"django.request", "runtime_portal.requests"}
    assert {line["requestId"] for line in of_it} == {answer["X-Request-ID"]}
    assert "requestId" not in later and "view" not in later


def test_what_django_says_of_a_refusal_carries_its_id_too(
    world: World, sign_in: SignIn, lines: Lines
) -> None:
    answer = sign_in(None).get("/nothing/")
    by_django = [line for line in lines.all() if line["logger"] == "django.request"]
    assert [line["requestId"] for line in by_django] == [answer["X-Request-ID"]]


def test_an_error_says_its_type_and_way_and_not_its_text(
    world: World, sign_in: SignIn, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **more: Any) -> Any:
        try:
            raise ValueError("planted by whoever asked")
        except ValueError as error:
            raise LookupError("planted again") from error

    monkeypatch.setattr(service_views, "environment_filter", fails)
    sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    (failed,) = [line for line in lines.all() if "exception" in line]
    assert [one["type"] for one in failed["exception"]] == ["LookupError", "ValueError"]
    frames = failed["exception"][0]["frames"]
    assert frames[0].startswith("tests/monitoring/test_logs.py:") and frames[0].endswith(" fails")
    assert any(frame.startswith("apps/services/views.py:") for frame in frames)
    assert failed["message"] == "500 services:service_list"
    assert "planted" not in lines.text


def test_an_error_of_the_database_says_its_state_and_no_row(
    rolled_back: None, lines: Lines
) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 'planted'::uuid")
    except DatabaseError:
        logging.getLogger("apps.somewhere").exception("it failed")
    (line,) = lines.all()
    assert [one["type"] for one in line["exception"]] == ["DataError", "InvalidTextRepresentation"]
    assert line["exception"][1]["sqlstate"] == "22P02"
    assert "planted" not in lines.text


def test_probes_that_are_well_are_no_lines(world: World, sign_in: SignIn, lines: Lines) -> None:
    browser = sign_in(None)
    for path in ("/healthz", "/readyz", "/metrics"):
        assert browser.get(path).status_code == 200
    assert lines.requests() == []
    browser.get("/metrics", REMOTE_ADDR="10.0.0.1")
    assert [line["status"] for line in lines.requests()] == [403]


def plant(world: World, acme: Caller, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requests of every kind with something secret in them; what must be nowhere."""
    secret = "planted-0123456789abcdef"
    browser = Client(raise_request_exception=False)
    browser.post("/accounts/login/", {"login": "tenant-viewer@acme.test", "password": secret})
    browser.post("/accounts/login/", {"login": "tenant-viewer@acme.test", "password": PASSWORD})
    for path in (
        f"/accounts/invitation/{secret}/", f"/accounts/reset/x-{secret}/", f"/nothing/{secret}",
        f"/t/acme/services/?q={secret}", f"/t/{secret}/services/", f"/v1/{secret}",
    ):  # fmt: skip
        browser.get(path, headers={"Cookie": f"sessionid={secret}", "Referer": f"x/{secret}"})
    browser.get("/", headers={"Host": f"{secret}.test"})
    browser.generic("POST", "/t/acme/services/new/", f"a={secret}", HTTP_X_CSRFTOKEN=secret)
    here = str(world.acme.environments["pool"])
    payload = {"environmentId": here, "payload": {"db": {"password": secret}, "x": secret}}
    acme.post("/configurations", payload)
    acme.post("/configurations", f'{{"payload": "{secret}", ')
    acme.post(
        "/services", [{"moduleId": secret, "image": secret}], Webhook_Secret=f"whsec_{secret}"
    )
    acme.get(f"/services?{secret}=1")
    Caller(f"rp_{secret}").get("/services")
    from apps.services.api import ServiceViewSet

    monkeypatch.setattr(ServiceViewSet, "rows", _raises(ValueError(f"{secret} {acme.token}")))
    assert acme.get(f"/services?cursor={secret}").status_code in (400, 500)
    assert acme.get("/services").status_code == 500
    return ["planted", acme.token, PASSWORD]


def test_nothing_that_was_sent_is_in_any_line(
    world: World, acme: Caller, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = plant(world, acme, monkeypatch)
    assert len(lines.requests()) >= 15
    assert any("exception" in line for line in lines.all())
    for secret in secrets:
        assert secret not in lines.text


@pytest.mark.parametrize(
    "message",
    [
        "sent Bearer planted-token", "sent bearer planted", "token rp_planted-1234567",
        "secret whsec_planted12345", "at postgresql://portal:planted@db/portal",
        "Authorization: Basic planted==",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden_whoever_writes_it(lines: Lines, message: str) -> None:
    logging.getLogger("a.library").warning("%s", message)
    assert "planted" not in lines.text and "[hidden]" in lines.text


def test_gunicorn_tells_of_a_request_without_its_path(lines: Lines) -> None:
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/x?token=planted")
    logging.getLogger("gunicorn.error").info("Booting worker with pid: %s", 12)
    assert [line["message"] for line in lines.all()][:1] == ["Error handling request"]
    assert "planted" not in lines.text


def test_a_line_is_one_line_whatever_is_in_it(lines: Lines) -> None:
    logging.getLogger("x").warning("two\nlines \u2028 and %s", "\x1b[31mred\x00")
    assert len(lines.text.splitlines()) == lines.text.count("\n") + lines.text.count("\u2028")
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\nb", (), None)
    assert "\n" not in JsonLines().format(record)


def test_text_for_a_developer_names_no_path_either() -> None:
    record = logging.LogRecord("django.request", 40, "", 0, "%s: %s", ("Not Found", "/x"), None)
    record.request = type("R", (), {"resolver_match": None})()
    record.status_code = 404
    assert WithoutPaths().filter(record)
    assert record.getMessage() == "404 no view"


@pytest.mark.parametrize(
    ("given", "is_json"), [({}, True), ({"LOG_FORMAT": "text"}, False), ({"DEBUG": "1"}, False)]
)
def test_json_is_what_there_is_unless_one_asks(given: dict[str, str], is_json: bool) -> None:
    script = (
        "import django; django.setup(); import logging; "
        "logging.getLogger('runtime_portal.x').info('hello')"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, capture_output=True, text=True,
        check=True, env={**_environment(), "DEBUG": "", "LOG_FORMAT": "", **given,
                         "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
    ).stderr.strip()  # fmt: skip
    if is_json:
        assert json.loads(told)["message"] == "hello"
    else:
        assert told.endswith("INFO runtime_portal.x hello")


def test_another_format_stops_the_start() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        env={**_environment(), "LOG_FORMAT": "xml",
             "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
    )  # fmt: skip
    assert (told.returncode, "LOG_FORMAT" in told.stderr) == (2, True)
