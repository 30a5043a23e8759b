"""Eight threads of different tenants on two database connections, half of them raising in mid-work.

10,000 rounds each way: never a row of another tenant, never a setting left behind.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.isolation.logins import connect, rows
from tests.isolation.pooler import PORT, pooler, program
from tests.isolation.tenants import make_environment, make_tenant
from tests.world import MODELS, OPERATOR, TestTenant

THREADS, ROUNDS, CONNECTIONS = 8, 10_000, 2

# Before entering, as the connection comes from the pool: what the last one left.
LEFT_BEHIND = """
SELECT coalesce(current_setting('app.tenant_id', true), '')
    || coalesce(current_setting('app.person', true), '')
    || coalesce(current_setting('app.readable', true), '')
    || coalesce(current_setting('app.writable', true), ''),
  current_setting('search_path'), current_setting('transaction_read_only'),
  (SELECT count(*) FROM shared.services_runtimeservice), pg_backend_pid()
"""
READ = "SELECT array_agg(DISTINCT tenant_id), count(*) FROM services_runtimeservice"
WRITE = "UPDATE services_runtimeservice SET replicas = replicas RETURNING tenant_id"


class MidWorkError(Exception):
    """Raised on purpose."""


@dataclass
class Log:
    """What the threads found; anything in `wrong` fails the test."""

    rounds: int = 0
    raised: int = 0
    written: int = 0
    wrong: list[str] = field(default_factory=list)
    backends: set[int] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture(scope="module")
def eight(world: object, django_db_blocker: Any) -> Iterator[list[TestTenant]]:
    """Eight tenants in one environment of the pool and one that is shared."""
    with django_db_blocker.unblock():
        common = {model: make_environment(model) for model in MODELS if model != "silo"}
        yield [make_tenant(f"tenant{n}", common) for n in range(THREADS)]
        for alias in connections:
            connections[alias].close()


def _round(tenant: TestTenant, number: int, raising: bool, log: Log) -> None:
    """One entering: look at what was left, read, write every other time, maybe raise."""
    connection = connections["default"]
    model = ("pool", "shared")[number % 2]
    writing = number % 4 >= 2
    with connection.cursor() as cursor:
        cursor.execute(LEFT_BEHIND)
        settings, path, read_only, seen, backend = cursor.fetchone()
    log.backends.add(backend)
    log.paths.add(path)
    if settings or read_only != "off" or seen:
        log.wrong.append(f"left behind: {settings!r} {read_only} {seen} rows")
    with (
        enter_tenant(
            tenant.slug,
            actor=OPERATOR,
            environment_id=tenant.environments[model],
            writing=writing,
        ),
        connection.cursor() as cursor,
    ):
        cursor.execute(READ)
        if cursor.fetchone() != ([tenant.slug], 2):
            log.wrong.append(f"{tenant.slug} read something else")
        if writing:
            cursor.execute(WRITE)
            if {t for (t,) in cursor.fetchall()} != {tenant.slug}:
                log.wrong.append(f"{tenant.slug} wrote something else")
            log.written += 1
        if number % 50 == 0 and {s.tenant_id for s in RuntimeService.objects.all()} != {
            tenant.slug
        }:
            log.wrong.append(f"{tenant.slug} was shown something else")
        if raising:
            raise MidWorkError


def _work(tenant: TestTenant, raises: bool, rounds: int, log: Log) -> None:
    try:
        for number in range(rounds):
            try:
                # Of those that raise, most rounds do, and not always the same ones.
                _round(tenant, number, raises and secrets.randbelow(4) > 0, log)
            except MidWorkError:
                log.raised += 1
            connections["default"].close()  # back to the pool, as at the end of a request
            with log.lock:
                log.rounds += 1
    except Exception as error:  # a thread's exception would be lost
        log.wrong.append(repr(error))
    finally:
        connections.close_all()


def _run(eight: list[TestTenant]) -> Log:
    log = Log()
    threads = [
        threading.Thread(target=_work, args=(tenant, n % 2 == 0, ROUNDS // THREADS, log))
        for n, tenant in enumerate(eight)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return log


def _check(log: Log, eight: list[TestTenant]) -> None:
    assert log.wrong == []
    assert log.rounds == ROUNDS
    assert log.raised > ROUNDS // 4
    assert log.written > ROUNDS // 4
    assert len(log.backends) == CONNECTIONS
    assert len(log.paths) == 1
    with connect("owner") as owner:
        found = rows(
            owner,
            "SELECT tenant_id, count(*), min(replicas), max(replicas) "
            "FROM shared.services_runtimeservice WHERE tenant_id = ANY (%s) GROUP BY 1",
            [[tenant.slug for tenant in eight]],
        )
    assert sorted(found) == sorted((tenant.slug, 2, 2, 3) for tenant in eight)


@contextmanager
def _changed(**values: Any) -> Iterator[None]:
    """Connections of every thread are made with these, until the end."""
    given: dict[str, Any] = connections["default"].settings_dict
    before = {name: given[name] for name in values}
    connections["default"].close()
    given.update(values)
    try:
        yield
    finally:
        connections["default"].close()
        if "OPTIONS" in values:
            pooled: Any = connections["default"]
            pooled.close_pool()
        given.update(before)


def test_in_djangos_pool_of_two_connections(
    eight: list[TestTenant], committed: None, model: str
) -> None:
    pool = {"min_size": CONNECTIONS, "max_size": CONNECTIONS, "timeout": 30}
    with _changed(OPTIONS={"pool": pool}):
        log = _run(eight)
    _check(log, eight)


@pytest.mark.skipif(program() is None, reason="PgBouncer is not installed")
def test_through_pgbouncer_in_transaction_mode(eight: list[TestTenant], committed: None) -> None:
    with pooler(CONNECTIONS) as folder, _changed(HOST=str(folder), PORT=str(PORT)):
        log = _run(eight)
    _check(log, eight)


@pytest.mark.skipif(program() is None, reason="PgBouncer is not installed")
def test_a_session_setting_would_reach_the_next_client_of_a_pooler(
    eight: list[TestTenant], committed: None
) -> None:
    """The trap: why the door says SET LOCAL, and why nobody else may set anything."""
    tell: Callable[[Any], Any] = lambda c: rows(c, "SHOW search_path")[0][0]  # noqa: E731
    with pooler(1) as folder:
        where: dict[str, Any] = {"host": str(folder), "port": PORT}
        with connect(autocommit=True, **where) as one, connect(autocommit=True, **where) as other:
            before = tell(other)
            one.execute("SET search_path = shared")
            assert tell(other) == "shared" != before
            one.execute("RESET search_path")
            one.execute("BEGIN; SET LOCAL search_path = shared; COMMIT")
            assert tell(other) == before
