"""The traps of the door, each found by trying: what it sets, how long, and what it leaves."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import pq

from apps.core import audit, door
from apps.core.access import Role
from apps.core.errors import NotFound, Suspended
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import each_partition, enter_platform, enter_tenant
from tests.core.chains import ENTRY
from tests.core.doors import on_platform, run
from tests.isolation.changes import release, suspend
from tests.isolation.logins import Connection, connect, refused, rows, stand
from tests.world import MODELS, OPERATOR, TestTenant, World, person_actor

SETTINGS = ("app.tenant_id", "app.person", "app.readable", "app.writable")
ENTER = "SELECT app.enter('acme', 'operator', NULL, %s, NULL, %s)"


def _ask(statement: str) -> Any:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _settings() -> dict[str, str | None]:
    return {name: _ask(f"SELECT nullif(current_setting('{name}', true), '')") for name in SETTINGS}


def _path() -> Any:
    return _ask("SHOW search_path")


NOTHING = dict.fromkeys(SETTINGS)


# What it sets.


@pytest.mark.parametrize("model", MODELS)
def test_the_path_that_the_door_sets_outlives_its_function(
    rolled_back: None, world: World, model: str
) -> None:
    """A definer with a pinned path would throw its own SET LOCAL away: so it is an invoker."""
    with enter_tenant("acme", actor=OPERATOR, environment_id=world.acme.environments[model]):
        schema = world.acme.schema(model)
        assert _path() in (f"{schema}, public", f'"{schema}", public')
        assert _settings() == {**NOTHING, "app.tenant_id": "acme"}


def test_entering_is_one_statement(committed: None, world: World) -> None:
    connection = connections["default"]
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as entering, enter_tenant("acme", actor=OPERATOR):
        pass
    assert [q["sql"].split("(")[0] for q in entering] == ["BEGIN", "SELECT app.enter", "COMMIT"]


def test_the_runtime_login_never_sends_a_session_search_path(tenant: TestTenant) -> None:
    """libpq's own record of what went over the wire: django-tenants' SET is not in it."""
    connection: Any = connections["default"]
    connection.ensure_connection()
    with tempfile.TemporaryFile() as record:
        pgconn: pq.abc.PGconn = connection.connection.pgconn
        pgconn.trace(record.fileno())
        for _ in range(2):
            with enter_tenant(tenant.slug, actor=OPERATOR, partition="shared", writing=True):
                assert RuntimeService.objects.count() == 2
                RuntimeService.objects.update(replicas=2)
        connection.connection.pgconn.untrace()
        record.seek(0)
        # F is what we sent; the server reports by B that the path has changed.
        lines = record.read().decode(errors="replace").splitlines()
    sent = "\n".join(line for line in lines if "\tF\t" in line)
    assert "app.enter" in sent
    assert "services_runtimeservice" in sent
    assert "search_path" not in sent.lower()


def test_the_path_after_the_commit_is_the_path_before(committed: None, world: World) -> None:
    connections["default"].ensure_connection()
    before = _path()
    with enter_tenant("acme", actor=OPERATOR, environment_id=world.acme.environments["silo"]):
        assert _path() != before
    assert _path() == before
    assert _settings() == NOTHING


def test_after_a_rollback_nothing_is_set(committed: None, world: World) -> None:
    before = _path()
    with pytest.raises(ZeroDivisionError), enter_tenant("acme", actor=OPERATOR, writing=True):
        raise ZeroDivisionError
    assert (_path(), _settings()) == (before, NOTHING)
    assert door.current() is None


def test_a_setting_never_made_and_one_made_before_both_show_nothing(world: World) -> None:
    """The first is NULL, the second is '': neither may raise, neither may show a row."""
    count = "SELECT count(*) FROM shared.services_runtimeservice"
    with connect() as psql:
        ask = "SELECT current_setting('app.tenant_id', true)"
        assert rows(psql, ask) == [(None,)]
        assert rows(psql, count) == [(0,)]
        psql.execute(ENTER.encode(), [None, False])
        psql.commit()
        assert rows(psql, ask) == [("",)]
        assert rows(psql, count) == [(0,)]


# What it refuses.


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE", "READ UNCOMMITTED"])
def test_it_opens_in_read_committed_only(world: World, level: str) -> None:
    with connect() as psql:
        psql.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
        assert refused(psql, ENTER, [None, False]).sqlstate == "RP500"


@pytest.mark.parametrize("partition", [
    "silo_globex", "pool_globex", "SHARED", "app", "pg_catalog", "", "information_schema",
    "silo_acme, silo_globex", 'silo_acme", "silo_globex', "silo_acme'; RESET ROLE",
])  # fmt: skip
def test_a_partition_that_is_not_the_tenants_is_answered_like_none(
    committed: None, world: World, partition: str
) -> None:
    with pytest.raises(NotFound), enter_tenant("acme", actor=OPERATOR, partition=partition):
        pytest.fail("the door opened")


def test_an_environment_of_another_is_answered_like_none(committed: None, world: World) -> None:
    for environment in (world.globex.environments["silo"], uuid4()):
        with (
            pytest.raises(NotFound) as told,
            enter_tenant("acme", actor=OPERATOR, environment_id=environment),
        ):
            pytest.fail("the door opened")
        assert told.value.message == NotFound().message


@pytest.mark.parametrize("tenant", [
    "globex'; SET LOCAL app.tenant_id = 'acme", "acme%", "ACME", "", "platform", "acme ",
])  # fmt: skip
def test_a_tenant_that_is_none_is_not_found(committed: None, world: World, tenant: str) -> None:
    with pytest.raises(NotFound), enter_tenant(tenant, actor=OPERATOR):
        pytest.fail("the door opened")


def test_a_stranger_does_not_enter(committed: None, world: World) -> None:
    with pytest.raises(NotFound), enter_tenant("acme", actor=person_actor(world.stranger)):
        pytest.fail("the door opened")


@pytest.mark.parametrize("model", MODELS)
def test_a_door_for_reading_makes_the_transaction_read_only(
    committed: None, world: World, model: str
) -> None:
    with (
        pytest.raises(Exception, match="read-only transaction"),
        enter_tenant("acme", actor=OPERATOR, environment_id=world.acme.environments[model]),
    ):
        RuntimeService.objects.update(replicas=7)


def test_psql_cannot_make_it_writable_again(psql: Connection, world: World) -> None:
    psql.execute(ENTER.encode(), [None, False])
    for way in ("SET TRANSACTION READ WRITE", "SET LOCAL transaction_read_only = off"):
        assert refused(psql, way).sqlstate == "25001"


# Doors in doors.


@pytest.fixture
def outside() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_leaving_a_door_inside_a_transaction_clears_what_it_set(
    committed: None, world: World, outside: None
) -> None:
    """A setting local to the transaction survives the release of a savepoint."""
    with enter_tenant("acme", actor=OPERATOR, environment_id=world.acme.environments["silo"]):
        pass
    assert (_path(), _settings()) == ("public", NOTHING)
    assert _ask("SELECT count(*) FROM shared.services_runtimeservice") == 0


def test_settings_do_survive_the_release_of_a_savepoint(psql: Connection, world: World) -> None:
    """The trap itself: otherwise clearing would guard against nothing."""
    psql.execute("SAVEPOINT door")
    psql.execute(ENTER.encode(), [None, False])
    psql.execute("RELEASE SAVEPOINT door")
    assert rows(psql, "SELECT current_setting('app.tenant_id')") == [("acme",)]


def test_raising_inside_a_door_in_a_transaction_clears_what_it_set(
    committed: None, world: World, outside: None
) -> None:
    with pytest.raises(ZeroDivisionError), enter_tenant("acme", actor=OPERATOR):
        raise ZeroDivisionError
    assert _settings() == NOTHING
    assert door.current() is None


@pytest.mark.parametrize("raising", [False, True])
def test_after_a_door_in_a_door_the_outer_one_stands_again(
    committed: None, world: World, raising: bool
) -> None:
    acme = world.acme
    with enter_tenant("acme", actor=OPERATOR, environment_id=acme.environments["pool"]) as outer:
        path = _path()
        try:
            with enter_tenant("globex", actor=OPERATOR, partition="shared"):
                assert {s.tenant_id for s in RuntimeService.objects.all()} == {"globex"}
                if raising:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        assert (_path(), door.current()) == (path, outer)
        assert _settings() == {**NOTHING, "app.tenant_id": "acme"}
        assert {s.tenant_id for s in RuntimeService.objects.all()} == {"acme"}


def test_after_the_platforms_door_inside_a_persons_door_that_person_stands_there_again(
    committed: None, world: World
) -> None:
    admin = next(iter(world.platform.values()))
    with enter_platform(actor=person_actor(admin)):
        with enter_tenant("acme", actor=OPERATOR, partition="public"):
            assert _settings()["app.person"] is None
        assert _settings() == {**NOTHING, "app.person": str(admin.pk)}


def test_a_door_for_reading_inside_one_for_writing_leaves_it_writable(tenant: TestTenant) -> None:
    where = {"environment_id": tenant.environments["shared"], "actor": OPERATOR}
    with enter_tenant(tenant.slug, writing=True, **where):  # type: ignore[arg-type]
        with enter_tenant(tenant.slug, actor=OPERATOR):
            assert _ask("SHOW transaction_read_only") == "on"
        assert RuntimeService.objects.update(replicas=4) == 2


def test_a_refused_door_leaves_the_outer_one_as_it_was(committed: None, world: World) -> None:
    with enter_tenant("acme", actor=OPERATOR, partition="shared") as outer:
        with pytest.raises(NotFound), enter_tenant("initech", actor=OPERATOR):
            pytest.fail("the door opened")
        assert door.current() is outer
        assert RuntimeService.objects.count() == 2


@pytest.mark.parametrize(("change", "refusal"), [(suspend, Suspended), (release, NotFound)])
def test_an_outer_door_that_fell_meanwhile_is_not_opened_again(
    tenant: TestTenant, world: World, change: Any, refusal: type[Exception]
) -> None:
    """It is asked for anew on the way back, and answers as it answers at the front."""
    where = {"actor": OPERATOR, "partition": "shared"}
    writing = change is suspend  # a writer would hold the release up
    with pytest.raises(refusal), enter_tenant(tenant.slug, writing=writing, **where):  # type: ignore[arg-type]  # noqa: SIM117
        with enter_tenant("globex", **where):  # type: ignore[arg-type]
            thread = threading.Thread(target=_alone, args=(change, tenant.bindings["shared"]))
            thread.start()
            thread.join(timeout=10)
    assert door.current() is None


def _alone(change: Any, binding: Any) -> None:
    try:
        change(binding)
    finally:
        connections.close_all()


def test_turning_to_each_partition_shows_the_tenants_own_and_comes_back(
    committed: None, world: World
) -> None:
    with enter_tenant("acme", actor=OPERATOR, environment_id=world.acme.environments["pool"]) as d:
        found = {
            schema: set(RuntimeService.objects.values_list("tenant_id", flat=True))
            for schema in each_partition(d)
        }
        assert list(found) == ["pool_acme", "shared", "silo_acme"]
        assert set().union(*found.values()) == {"acme"}
        assert _path() == "pool_acme, public"


def test_a_connection_that_is_closed_forgets_its_door(committed: None, world: World) -> None:
    with enter_tenant("acme", actor=OPERATOR):
        assert door.current() is not None
    connections["default"].close()
    assert door.current() is None


# Audit entries.


def _record(action: str) -> None:
    audit.record(action, object_type="test", object_id="door")


def _actions(tenant: TestTenant, action: str) -> int:
    with connect("owner") as owner:
        found: int = rows(
            owner,
            f'SELECT count(*) FROM "{tenant.schema("shared")}".core_auditentry '
            "WHERE tenant_id = %s AND action = %s",
            [tenant.slug, action],
        )[0][0]
        return found


def test_the_head_is_locked_and_the_entries_written_immediately_before_the_commit(
    tenant: TestTenant,
) -> None:
    connection = connections["default"]
    with (
        CaptureQueriesContext(connection) as sent,
        enter_tenant(tenant.slug, actor=OPERATOR, partition="shared", writing=True),
    ):
        _record("door.tested")
        RuntimeService.objects.update(replicas=3)
        _record("door.tested")
    statements = [q["sql"] for q in sent]
    (writing,) = [i for i, sql in enumerate(statements) if "core_auditentry" in sql]
    assert statements[writing + 1 :] == ["COMMIT"]
    assert "core_audithead" in statements[writing - 1]
    assert "services_runtimeservice" in statements[writing - 2]
    assert _actions(tenant, "door.tested") == 2


def test_entries_of_what_was_rolled_back_are_dropped_with_it(tenant: TestTenant) -> None:
    with enter_tenant(tenant.slug, actor=OPERATOR, partition="shared", writing=True):
        _record("door.kept")
        with pytest.raises(ZeroDivisionError), door.atomic():
            _record("door.dropped")
            raise ZeroDivisionError
    assert _actions(tenant, "door.kept") == 1
    assert _actions(tenant, "door.dropped") == 0


def test_entries_of_a_door_that_raised_are_dropped(tenant: TestTenant) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        enter_tenant(tenant.slug, actor=OPERATOR, partition="shared", writing=True),
    ):
        _record("door.dropped")
        raise ZeroDivisionError
    assert _actions(tenant, "door.dropped") == 0


def test_entries_of_a_door_that_is_set_to_roll_back_are_dropped(tenant: TestTenant) -> None:
    """As the middleware does for an answer of 5xx."""
    with enter_tenant(tenant.slug, actor=OPERATOR, partition="shared", writing=True):
        _record("door.dropped")
        transaction.set_rollback(True)
    assert _actions(tenant, "door.dropped") == 0


@pytest.mark.parametrize("schema", ["shared", "public"])
def test_an_entry_of_another_tenant_cannot_be_written(psql: Connection, schema: str) -> None:
    stand(psql, "acme")
    entry = ENTRY.format(
        schema=schema, tenant="globex", chain=schema, number=1, previous_hash="0", hash="1"
    )
    error = refused(psql, entry)
    assert isinstance(error, psycopg.errors.InsufficientPrivilege)


def test_no_code_but_the_door_enters(world: World) -> None:
    """`app.enter` is named in the door's own module and where it is made, nowhere else.

    What counts for officers, and what proves a day of all tenants due, stand where others stand, in
    the database, and step back.
    """
    root = Path(__file__).resolve().parents[2]
    callers = {
        str(path.relative_to(root))
        for folder in ("apps", "runtime_portal")
        for path in (root / folder).rglob("*.py")
        if "app.enter" in path.read_text() or "app.tenant_id = " in path.read_text()
    }
    assert callers == {"apps/tenant_bindings/context.py", "apps/core/walls/functions.py",
                       "apps/core/door.py", "apps/core/walls/governance.py",
                       "apps/core/walls/day_drops.py"}  # fmt: skip


def test_who_counts_what_becomes_due_stands_afterwards_where_they_stood(
    world: World, rolled_back: None
) -> None:
    count = (
        "SELECT count(*), (SELECT count(*) FROM shared.services_runtimeservice) "
        "FROM app.becomes_due('platform', NULL, 'retired-service', 100, now())"
    )
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        before = run("SELECT coalesce(current_setting('app.tenant_id', true), '')")
        ((places, seen),) = run(count)
        assert places > 1
        assert seen == 0
        assert (
            run("SELECT coalesce(current_setting('app.tenant_id', true), '')") == before == [("",)]
        )
