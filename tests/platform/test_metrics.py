"""`/metrics`: for whoever has the token, or a scraper on this machine; no tenant in it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from apps.core.access import Role
from runtime_portal import metrics
from tests.console.signed_in import SignIn
from tests.core.doors import rolled_back_as, run
from tests.tenant_bindings.test_worker import _environment
from tests.world import World

PATH = "/metrics"
TOKEN = "0123456789abcdef-of-the-scraper"


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text).get((name, frozenset(labels.items())), 0.0)


def scraped(browser: Any, **headers: Any) -> str:
    answer = browser.get(PATH, **headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def token(settings: Any) -> Iterator[str]:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def test_a_scraper_on_this_machine_is_answered_in_the_text_format(
    world: World, sign_in: SignIn
) -> None:
    answer = sign_in(None).get(PATH)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.content.decode())
    assert found["portal_database_up", frozenset()] == 1


@pytest.mark.parametrize("peer", ["10.0.0.7", "192.168.1.4", "2001:db8::1", "", "unix:"])
def test_another_machine_is_refused_without_a_token(
    world: World, sign_in: SignIn, peer: str
) -> None:
    answer = sign_in(None).get(PATH, REMOTE_ADDR=peer)
    assert answer.status_code == 403
    assert b"portal_" not in answer.content


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_has_several_names(world: World, sign_in: SignIn, peer: str) -> None:
    assert sign_in(None).get(PATH, REMOTE_ADDR=peer).status_code == 200


@pytest.mark.parametrize("header", metrics.FORWARDED)
def test_a_proxy_on_this_machine_speaks_for_others(
    world: World, sign_in: SignIn, header: str
) -> None:
    answer = sign_in(None).get(PATH, headers={header: "10.0.0.7"})
    assert answer.status_code == 403


def test_where_there_is_a_token_it_is_asked_of_everybody(
    world: World, sign_in: SignIn, token: str
) -> None:
    browser = sign_in(None)
    refused = browser.get(PATH)
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert token.encode() not in refused.content
    for wrong in ("Bearer", "Bearer ", f"Basic {token}", f"Bearer {token}x", token, "Bearer ünï"):
        answer = browser.get(PATH, headers={"Authorization": wrong})
        assert answer.status_code == 401, wrong
    far = browser.get(PATH, headers={"Authorization": f"bearer {token}"}, REMOTE_ADDR="10.0.0.7")
    assert far.status_code == 200


@pytest.mark.parametrize("given", ["short", "with a space in the middle", "ünïcödé-ünïcödé-ü"])
def test_a_token_that_is_none_stops_the_start(given: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        env={**_environment(), "METRICS_TOKEN": given,
             "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
    )  # fmt: skip
    assert told.returncode == 2
    assert "METRICS_TOKEN" in told.stderr and given not in told.stderr


def test_requests_are_counted_by_view_method_and_status(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    of = {"view": "services:service_list", "method": "GET", "status": "200"}
    before = scraped(browser)
    for _ in range(3):
        assert browser.get("/t/acme/services/").status_code == 200
    after = scraped(browser)
    name = "portal_http_requests_total"
    assert value(after, name, **of) - value(before, name, **of) == 3
    seconds = "portal_http_request_seconds_count"
    view = {"view": "services:service_list"}
    assert value(after, seconds, **view) - value(before, seconds, **view) == 3


def test_no_request_can_make_a_label(world: World, sign_in: SignIn) -> None:
    """What is counted is as much after a thousand paths, methods and ids as before."""
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    browser.get("/nothing/"), browser.generic("BREW", "/nothing/")  # type: ignore[func-returns-value]
    browser.get("/t/nobody/services/")
    before = set(samples(scraped(browser)))
    for number in range(30):
        browser.get(f"/nothing/{number}/?q={number}")
        browser.get(f"/t/nobody-{number}/services/")
        browser.generic(f"BREW{number}", f"/nothing/{number}/")
    after = scraped(browser)
    assert set(samples(after)) == before
    assert value(
        after, "portal_http_requests_total", view="none", method="other", status="404"
    ) >= 30  # fmt: skip


def test_it_names_no_tenant_no_person_and_no_id(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    browser.get("/t/acme/services/")
    text = scraped(browser)
    assert not [word for word in ("acme", "globex", "silo", ".test", "@") if word in text]
    assert str(world.acme.services["silo"]["cart"]) not in text


def test_it_costs_one_statement(world: World, sign_in: SignIn) -> None:
    with CaptureQueriesContext(connection) as captured:
        sign_in(None).get(PATH)
    assert len([q for q in captured if "app.meters" in q["sql"]]) == 1
    assert len(captured) <= 2


def test_without_a_database_it_says_so_and_tells_the_rest(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def cursor(self) -> Any:
            raise OperationalError("password authentication failed for portal at 10.0.0.1")

    browser = sign_in(None)
    browser.get("/healthz")
    monkeypatch.setattr(metrics, "connection", Gone())
    text = scraped(browser)
    assert value(text, "portal_database_up") == 0
    assert ("portal_database_up", frozenset()) in samples(text)
    assert value(text, "portal_http_requests_total", view="healthz", method="GET", status="200")
    assert "password authentication" not in text and "10.0.0.1" not in text


def test_it_is_for_reading(world: World, sign_in: SignIn) -> None:
    assert sign_in(None).post(PATH).status_code == 405


def test_jobs_runs_and_the_queue_are_told(world: World, rolled_back: None) -> None:
    """As the database says it, to a login that may read none of these tables."""
    with rolled_back_as("owner"):
        run("DELETE FROM upkeep_jobrecord")
        run(
            "INSERT INTO upkeep_jobrecord (id, tenant_id, name, started_at, succeeded_at, "
            "failed_at, result, failure) VALUES (gen_random_uuid(), 'platform', 'make_days', "
            "to_timestamp(1000), to_timestamp(1001), to_timestamp(1002), '', 'broken')"
        )
        run("SET LOCAL app.clock = '2100-01-01Z'")
        run(
            "INSERT INTO retention_retentionrun (id, tenant_id, as_of, dry_run, only_tenant, "
            "only_class, started_by_kind, started_by_label, status, note) SELECT "
            "('ffffffff-ffff-7fff-bfff-fffffffffff' || n)::uuid, 'platform', now(), n = 4, "
            "CASE n WHEN 3 THEN 'acme' ELSE '' END, '', 'worker', '', "
            "CASE n WHEN 2 THEN 'FoundWanting' ELSE 'Completed' END, '' "
            "FROM generate_series(1, 4) n"
        )
        run("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status IN ('todo', 'doing')")
        run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at) "
            "VALUES ('q', 't', '{}', 'todo', now() - interval '90 seconds'), "
            "('q', 't', '{}', 'todo', now() + interval '1 hour'), ('q', 't', '{}', 'doing', NULL)"
        )
        run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES ('2100-01-01Z')")
        found = {(meter, label): value for meter, label, value in run(
            "SELECT meter, label, value FROM app.meters()"
        )}  # fmt: skip
    year_2100 = 4102444800
    assert found["job_started", "make_days"] == 1000
    assert found["job_succeeded", "make_days"] == 1001
    assert found["job_failed", "make_days"] == 1002
    # The last of everything for everybody was found wanting; one before it was not.
    assert (found["run_ended", ""], found["run_ended_well", ""]) == (year_2100, 0)
    assert found["run_succeeded", ""] == year_2100
    assert (found["queue", "waiting"], found["queue", "doing"]) == (1, 1)
    assert found["queue_oldest", ""] == 90
    assert found["worker_seen", ""] == year_2100


def test_every_meter_of_the_database_has_a_name_and_the_reverse(world: World) -> None:
    from apps.core.walls.meters import METERS

    assert set(METERS) == set(metrics.GAUGES)


def test_processes_that_share_a_directory_answer_for_all(tmp_path: Path) -> None:
    """Two processes count; a third, which counted nothing, tells of both."""
    counting = (
        "import django; django.setup(); from runtime_portal import metrics; "
        "metrics.count('home', 'GET', 200, 0.01)"
    )
    telling = (
        "import django; django.setup(); from runtime_portal import metrics; "
        "print(metrics.exposition().decode())"
    )
    env = {**_environment(), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
           "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"}  # fmt: skip
    for script in (counting, counting):
        subprocess.run([sys.executable, "-c", script], cwd=settings.BASE_DIR, env=env, check=True)
    told = subprocess.run(
        [sys.executable, "-c", telling], cwd=settings.BASE_DIR, env=env, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    of = {"view": "home", "method": "GET", "status": "200"}
    assert value(told.stdout, "portal_http_requests_total", **of) == 2
