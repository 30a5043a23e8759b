"""psql as the runtime role, standing where it should not: no row of another, in any model.

A stance is what an attacker sets before the statements of `attempts`: paths, settings, doors.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import connections

from apps.core import door
from apps.core.access import Role
from apps.tenant_bindings.context import enter_platform
from apps.tenants.operations import onboard_tenant
from tests.isolation.attempts import TABLES, reads, row_of, writes
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand, turn
from tests.world import MODELS, OPERATOR, World

ME, THEM = "acme", "globex"
Stance = Callable[[Connection, World], None]


def _named(tenant: str) -> Stance:
    return lambda connection, world: stand(connection, tenant)


def _emptied(connection: Connection, world: World) -> None:
    stand(connection, ME)
    stand(connection, "")


def _reset(connection: Connection, world: World) -> None:
    stand(connection, ME)
    connection.execute("RESET app.tenant_id")


def _person(find: Callable[[World], object]) -> Stance:
    def take(connection: Connection, world: World) -> None:
        connection.execute("SELECT set_config('app.person', %s, true)", [str(find(world))])

    return take


def _through_the_door(connection: Connection, world: World) -> None:
    connection.execute("SELECT app.enter('acme', 'operator', NULL, NULL, NULL, true)")


def _through_the_door_then_emptied(connection: Connection, world: World) -> None:
    _through_the_door(connection, world)
    stand(connection, "")


def _through_the_door_and_out(connection: Connection, world: World) -> None:
    _through_the_door(connection, world)
    connection.execute("SELECT app.leave()")


def _with_lists_of_my_own(connection: Connection, world: World) -> None:
    """The settings of the Citus form: on plain PostgreSQL nobody asks them."""
    stand(connection, ME)
    for name in ("app.readable", "app.writable"):
        everything = "{" + ",".join(str(e) for e in world.globex.environments.values()) + "}"
        connection.execute("SELECT set_config(%s, %s, true)", [name, everything])


STANCES: dict[str, Stance] = {
    "nobody entered": lambda connection, world: None,
    "the setting emptied": _emptied,
    "the setting reset": _reset,
    "in capitals": _named("GLOBEX"),
    "with a blank": _named("globex "),
    "half of it": _named("glob"),
    "a pattern": _named("globex%"),
    "a list": _named("{globex}"),
    "SQL": _named("x' OR tenant_id = 'globex"),
    "a tenant that is none": _named("initech"),
    "a tenant without a binding": _named("unbound"),
    "the platform": _named("platform"),
    "myself": _named(ME),
    "myself through the door": _through_the_door,
    "through the door, then emptied": _through_the_door_then_emptied,
    "through the door and out": _through_the_door_and_out,
    "with lists of my own": _with_lists_of_my_own,
    "their person, no tenant": _person(lambda w: w.globex.people[Role.TENANT_ADMIN].pk),
    "a platform admin": _person(lambda w: w.platform[Role.PLATFORM_ADMIN].pk),
}


@pytest.fixture(scope="module", autouse=True)
def unbound(world: World, django_db_blocker: object) -> Iterator[None]:
    """A tenant that is onboarded and bound nowhere."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with door.using("owner"), enter_platform(actor=OPERATOR):
            onboard_tenant(slug="unbound", name="Unbound")
        connections["owner"].close()
    yield


def _mine(name: str, model: str) -> set[str]:
    """Whose rows the stance may see there: my own, and only where we share the schema."""
    stands = name in ("myself", "myself through the door", "with lists of my own")
    return {ME} if stands and model == "shared" else set()


@pytest.mark.attacks("*: walls of a partition")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", STANCES)
@pytest.mark.parametrize("by", ["its whole name", "the search path"])
def test_no_statement_reads_or_writes_their_rows(
    psql: Connection, owner: Connection, world: World, model: str, name: str, by: str
) -> None:
    schema = world.globex.schema(model)
    STANCES[name](psql, world)
    if by == "the search path":
        turn(psql, schema)
    for table in TABLES:
        theirs = row_of(owner, schema, table, THEM)
        target = f'"{schema}"."{table}"' if by == "its whole name" else table
        for statement, values in reads(target, theirs):
            state, found, _ = outcome(psql, statement, values)
            # Locking needs UPDATE, which some tables give nobody.
            assert state == "" or (state, "FOR KEY" in statement) == ("42501", True), statement
            assert {row[0] for row in found} <= _mine(name, model), statement
        for statement, values in writes("" if target == table else schema, table, theirs, ME):
            state, found, touched = outcome(psql, statement, values)
            touched = touched if "SELECT tenant_id" not in statement else 0
            assert {row[0] for row in found} <= _mine(name, model), statement
            if statement.startswith("MERGE") or not _mine(name, model):
                assert touched == 0, statement
    psql.rollback()
    for table in TABLES:
        assert row_of(owner, schema, table, THEM)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", STANCES)
def test_copy_takes_nothing_of_theirs_out(
    psql: Connection, world: World, model: str, name: str
) -> None:
    STANCES[name](psql, world)
    for table in TABLES:
        target = f'"{world.globex.schema(model)}"."{table}"'
        for source in (target, f"(SELECT * FROM {target})"):
            with psql.cursor().copy(f"COPY {source} TO STDOUT".encode()) as copy:
                taken = b"".join(bytes(block) for block in copy)
            assert THEM.encode() not in taken
            assert bool(taken) <= bool(_mine(name, model))


@pytest.mark.parametrize("model", MODELS)
def test_copy_puts_nothing_in(psql: Connection, world: World, model: str) -> None:
    _through_the_door(psql, world)
    for table in TABLES:
        error = refused(psql, f'COPY "{world.acme.schema(model)}"."{table}" FROM STDIN')
        assert error.sqlstate == "0A000"


@pytest.mark.parametrize("model", ["silo", "pool"])
@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_mine_cannot_be_put_into_their_schema(
    psql: Connection, owner: Connection, world: World, model: str, table: str
) -> None:
    mine = row_of(owner, world.acme.schema(model), table, ME)
    _through_the_door(psql, world)
    for statement, values in writes(world.globex.schema(model), table, mine, ME):
        state, _, touched = outcome(psql, statement, values)
        assert touched == 0, statement
        if statement.startswith("INSERT"):
            assert state == "42501", statement


@pytest.mark.attacks("binding decides")
@pytest.mark.parametrize("model", MODELS)
def test_a_row_of_mine_cannot_name_an_environment_that_is_not_in_that_partition(
    psql: Connection, owner: Connection, world: World, model: str
) -> None:
    stand(psql, ME)
    others = [e for m, e in world.acme.environments.items() if m != model]
    schema = world.acme.schema(model)
    row = row_of(owner, schema, "configurations_versioncounter", ME)
    statement = (
        f'INSERT INTO "{schema}".configurations_versioncounter '
        "(id, tenant_id, environment_id, last_version) VALUES (gen_random_uuid(), %s, %s, 1)"
    )
    for environment in [*others, world.globex.environments["silo"], row["id"]]:
        assert refused(psql, statement, [ME, environment]).sqlstate == "42501"


def test_the_attempts_would_succeed_as_the_tenant_itself(
    psql: Connection, owner: Connection, world: World
) -> None:
    """Otherwise the tests above would prove nothing."""
    stand(psql, THEM)
    for model in MODELS:
        schema = world.globex.schema(model)
        for table in TABLES:
            theirs = row_of(owner, schema, table, THEM)
            for statement, values in reads(f'"{schema}"."{table}"', theirs):
                state, found, _ = outcome(psql, statement, values)
                if not (state == "42501" and "FOR KEY" in statement):
                    assert (state, {row[0] for row in found}) == ("", {THEM}), statement


@pytest.mark.parametrize("model", MODELS)
def test_a_part_of_a_table_addressed_by_its_own_name_shows_nothing(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, ME)
    parts = rows(
        psql,
        "SELECT c.oid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
        "WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')",
        [f'"{world.globex.schema(model)}"'],
    )
    for (part,) in parts:
        for verb in (f"SELECT * FROM {part}", f"DELETE FROM {part}", f"TRUNCATE {part}"):
            assert refused(psql, verb).sqlstate == "42501"


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_a_statement_prepared_as_another_tenant_shows_my_rows(
    psql: Connection, world: World, mode: str
) -> None:
    """Plans are kept for a session; what they ask, they ask when they run."""
    psql.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
    stand(psql, THEM)
    psql.execute(b"PREPARE kept AS SELECT tenant_id FROM shared.services_runtimeservice")
    theirs = [rows(psql, "EXECUTE kept") for _ in range(6)][-1]
    assert set(theirs) == {(THEM,)}
    stand(psql, ME)
    assert set(rows(psql, "EXECUTE kept")) == {(ME,)}
    stand(psql, "")
    assert rows(psql, "EXECUTE kept") == []


def test_a_block_of_code_sees_no_more(psql: Connection, world: World) -> None:
    stand(psql, ME)
    block = (
        "DO $$ BEGIN PERFORM FROM silo_globex.services_runtimeservice; "
        "IF FOUND THEN RAISE EXCEPTION 'found'; END IF; "
        "PERFORM FROM shared.services_runtimeservice WHERE tenant_id <> 'acme'; "
        "IF FOUND THEN RAISE EXCEPTION 'found'; END IF; END $$"
    )
    assert outcome(psql, block)[0] == ""


def test_the_door_without_a_door_is_not_remembered_by_the_connection(world: World) -> None:
    """What one transaction set is gone in the next, in the same session."""
    with connect() as psql:
        _through_the_door(psql, world)
        psql.commit()
        assert rows(psql, "SELECT count(*) FROM shared.services_runtimeservice") == [(0,)]
