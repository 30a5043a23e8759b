"""The database asks the binding in every statement, also of a transaction that is already open."""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from apps.core.errors import NotFound, Refused, Suspended
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant, lock_tenant_for_release
from tests.core.chains import forged
from tests.isolation.attempts import TABLES
from tests.isolation.changes import release, resume, suspend
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand
from tests.world import MODELS, OPERATOR, TestTenant, World

ENTER = "SELECT app.enter(%s, 'operator', NULL, %s, NULL, %s)"


@pytest.fixture
def open_one(tenant: TestTenant) -> Iterator[Connection]:
    """A raw transaction that stands as the tenant, without the door and its lock."""
    with connect() as psql:
        stand(psql, tenant.slug)
        yield psql
        psql.rollback()


def _services(tenant: TestTenant, model: str) -> str:
    return f'"{tenant.schema(model)}".services_runtimeservice'


def _writes(psql: Connection, tenant: TestTenant, model: str) -> list[tuple[str, int]]:
    """(SQLSTATE, rows touched) of an update, an insert and a lock."""
    services = _services(tenant, model)
    with connect("owner") as owner:
        insert = forged(f'"{tenant.schema(model)}"', tenant.slug, functools.partial(rows, owner))
    tries = (
        f"UPDATE {services} SET version = 'x'",
        f"SELECT id FROM {services} FOR UPDATE",
        insert,
    )
    return [(state, touched) for state, _, touched in (outcome(psql, t) for t in tries)]


def _sees(psql: Connection, tenant: TestTenant, model: str) -> int:
    found: int = rows(psql, f"SELECT count(*) FROM {_services(tenant, model)}")[0][0]
    return found


@pytest.mark.attacks("suspended reads only")
@pytest.mark.parametrize("model", MODELS)
def test_suspending_stops_the_next_write_of_an_open_transaction_and_no_read(
    open_one: Connection, tenant: TestTenant, model: str
) -> None:
    assert _writes(open_one, tenant, model) == [("", 2), ("", 2), ("", 1)]
    suspend(tenant.bindings[model])
    assert _writes(open_one, tenant, model)[:2] == [("", 0), ("", 0)]
    assert _sees(open_one, tenant, model) == 2
    resume(tenant.bindings[model])
    assert _writes(open_one, tenant, model)[:2] == [("", 2), ("", 2)]


@pytest.mark.parametrize("model", MODELS)
def test_a_partition_without_an_active_binding_takes_no_audit_entry(
    open_one: Connection, tenant: TestTenant, model: str
) -> None:
    """Tables without an environment ask: has the tenant an Active binding here?"""
    suspend(tenant.bindings[model])
    assert _writes(open_one, tenant, model)[2] == ("42501", 0)


@pytest.mark.parametrize("model", MODELS)
def test_releasing_stops_the_next_read_of_an_open_transaction(
    open_one: Connection, tenant: TestTenant, model: str
) -> None:
    assert _sees(open_one, tenant, model) == 2
    release(tenant.bindings[model])
    for table in TABLES:
        target = f'"{tenant.schema(model)}"."{table}"'
        assert rows(open_one, f"SELECT * FROM {target}") == []
    assert _writes(open_one, tenant, model) == [("", 0), ("", 0), ("42501", 0)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_older_snapshot_shows_and_writes_nothing(
    tenant: TestTenant, model: str, level: str
) -> None:
    """It would not see a suspension: so the helpers that the policies ask admit nothing to it."""
    with connect() as psql:
        psql.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
        stand(psql, tenant.slug)
        assert _sees(psql, tenant, model) == 0
        suspend(tenant.bindings[model])
        assert _writes(psql, tenant, model) == [("", 0), ("", 0), ("42501", 0)]
        psql.rollback()


@pytest.mark.parametrize("model", MODELS)
def test_a_released_binding_is_answered_like_none(tenant: TestTenant, model: str) -> None:
    release(tenant.bindings[model])
    with connect() as psql:
        gone = refused(psql, ENTER, [tenant.slug, tenant.environments[model], False])
        none = refused(psql, ENTER, [tenant.slug, uuid4(), False])
        assert gone.sqlstate == none.sqlstate == "RP404"
        assert str(gone) == str(none)


@pytest.mark.parametrize("model", MODELS)
def test_the_door_for_writing_refuses_a_suspended_binding_first_and_says_why(
    tenant: TestTenant, model: str
) -> None:
    """`SELECT … FOR UPDATE` would return nothing, and the operation would say "not found"."""
    suspend(tenant.bindings[model])
    where = {"environment_id": tenant.environments[model], "actor": OPERATOR}
    with pytest.raises(Suspended, match="suspended: it admits reads only"):  # noqa: SIM117
        with enter_tenant(tenant.slug, writing=True, **where):  # type: ignore[arg-type]
            pytest.fail("the door opened")
    with enter_tenant(tenant.slug, **where):  # type: ignore[arg-type]
        assert RuntimeService.objects.count() == 2


@pytest.mark.parametrize("model", MODELS)
def test_suspending_stops_a_writer_behind_the_door_without_waiting_for_it(
    tenant: TestTenant, model: str
) -> None:
    with enter_tenant(
        tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model], writing=True
    ):
        assert RuntimeService.objects.update(version="2") == 2
        began = time.monotonic()
        # Another thread: on this one the owner would stand inside the same door.
        _in_a_thread(lambda: suspend(tenant.bindings[model]))
        assert time.monotonic() - began < 2
        assert RuntimeService.objects.update(version="3") == 0


@pytest.mark.attacks("no writer after a release")
@pytest.mark.parametrize("model", MODELS)
def test_releasing_waits_for_the_writer_and_no_writer_commits_after_it(
    tenant: TestTenant, model: str
) -> None:
    done: list[str] = []
    releasing = threading.Thread(target=_closing(lambda: _release(tenant.bindings[model], done)))
    with enter_tenant(
        tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model], writing=True
    ):
        RuntimeService.objects.update(version="in time")
        releasing.start()
        time.sleep(0.3)
        assert done == []
        RuntimeService.objects.filter(module_id="cart").update(version="still in time")
        done.append("written")
    releasing.join(timeout=10)
    assert done == ["written", "released"]
    with (
        pytest.raises(NotFound),
        enter_tenant(
            tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model], writing=True
        ),
    ):
        pytest.fail("the door opened")
    with connect("owner") as owner:
        found = rows(owner, f"SELECT DISTINCT version, status FROM {_services(tenant, model)} "
                            "WHERE tenant_id = %s ORDER BY 1", [tenant.slug])  # fmt: skip
    assert found == [("in time", "Retired"), ("still in time", "Retired")]


@pytest.mark.parametrize("model", MODELS)
def test_a_writer_without_the_door_holds_a_release_up_too(
    open_one: Connection, tenant: TestTenant, model: str
) -> None:
    """The helper that its policies ask takes the door's lock: nobody commits after a release."""
    done: list[str] = []
    releasing = threading.Thread(target=_closing(lambda: _release(tenant.bindings[model], done)))
    counter = f'"{tenant.schema(model)}".configurations_versioncounter'
    open_one.execute(f"UPDATE {counter} SET last_version = 40".encode())
    releasing.start()
    time.sleep(0.3)
    assert done == []
    done.append("written")
    open_one.commit()
    releasing.join(timeout=10)
    assert done == ["written", "released"]


@pytest.mark.attacks("no writer after a release")
@pytest.mark.parametrize("model", MODELS)
def test_a_writer_without_the_door_that_comes_during_a_release_writes_nothing(
    tenant: TestTenant, model: str
) -> None:
    """It waits, and then sees what the release left, not what its statement began with."""
    touched: list[int] = []
    counter = f'"{tenant.schema(model)}".configurations_versioncounter'

    def write() -> None:
        with connect() as psql:
            stand(psql, tenant.slug)
            touched.append(
                psql.execute(f"UPDATE {counter} SET last_version = 40".encode()).rowcount
            )

    with connect("owner") as holder:
        holder.execute("SELECT pg_advisory_xact_lock(app.tenant_lock(%s))", [tenant.slug])
        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.2)
        holder.execute(
            "UPDATE public.tenant_bindings_runtimetenantbinding SET status = 'Released' "
            "WHERE id = %s",
            [tenant.bindings[model]],
        )
        holder.commit()
    writer.join(timeout=10)
    assert touched == [0]


@pytest.mark.parametrize("model", MODELS)
def test_a_writer_who_waited_for_the_release_finds_nothing(tenant: TestTenant, model: str) -> None:
    """The door takes the lock before it looks: what it sees is what the release left."""
    found: list[object] = []

    def write() -> None:
        try:
            with enter_tenant(
                tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model], writing=True
            ):
                found.append("entered")
        except NotFound as error:
            found.append(type(error))

    with connect("owner") as holder:
        holder.execute("SELECT pg_advisory_xact_lock(app.tenant_lock(%s))", [tenant.slug])
        writer = threading.Thread(target=_closing(write))
        writer.start()
        time.sleep(0.2)
        assert found == []
        holder.execute(
            "UPDATE public.tenant_bindings_runtimetenantbinding SET status = 'Released' "
            "WHERE id = %s",
            [tenant.bindings[model]],
        )
        holder.commit()
    writer.join(timeout=10)
    assert found == [NotFound]


def test_a_release_gives_up_after_its_timeout_and_says_so(tenant: TestTenant) -> None:
    with connect() as writer, enter_tenant(tenant.slug, actor=OPERATOR, partition="public"):
        writer.execute(ENTER, [tenant.slug, None, True])
        with pytest.raises(Refused, match="is being written to"):
            lock_tenant_for_release(tenant.slug, timeout_ms=50)
        connections["default"].needs_rollback = True


def test_two_writers_of_one_tenant_do_not_wait_for_each_other(tenant: TestTenant) -> None:
    with connect() as one, connect() as two:
        for psql in (one, two):
            psql.execute("SET LOCAL lock_timeout = '50ms'")
            psql.execute(ENTER, [tenant.slug, None, True])


def test_a_reader_takes_no_lock_and_holds_no_release_up(tenant: TestTenant) -> None:
    with connect() as reader, connect("owner") as releaser:
        reader.execute(ENTER, [tenant.slug, None, False])
        releaser.execute("SET LOCAL lock_timeout = '50ms'")
        releaser.execute("SELECT pg_advisory_xact_lock(app.tenant_lock(%s))", [tenant.slug])


def test_another_tenants_writer_is_not_held_up(tenant: TestTenant, world: World) -> None:
    with connect("owner") as releaser, connect() as writer:
        releaser.execute("SELECT pg_advisory_xact_lock(app.tenant_lock(%s))", [tenant.slug])
        writer.execute("SET LOCAL lock_timeout = '50ms'")
        writer.execute(ENTER, [world.globex.slug, None, True])
        with pytest.raises(psycopg.errors.LockNotAvailable), connect() as mine:
            mine.execute("SET LOCAL lock_timeout = '50ms'")
            mine.execute(ENTER, [tenant.slug, None, True])


def _release(binding: UUID, done: list[str]) -> None:
    release(binding)
    done.append("released")


def _closing(work: Callable[[], object]) -> Callable[[], None]:
    """Work for a thread, which leaves no connection open."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return run


def _in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=_closing(work))
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()
