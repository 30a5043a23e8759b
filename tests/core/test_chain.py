"""Whatever is done to an audit trail behind its back is found: here by the owner, in SQL."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from apps.core import audit
from apps.core.access import Actor, Role
from apps.core.chain import Check, canonical, digest, hash_of
from apps.core.chain_reading import entries, in_schema, verify
from apps.core.errors import Forbidden
from apps.core.ids import uuid7
from apps.tenant_bindings.context import enter_tenant
from apps.tenants.operations import onboard_tenant
from tests.core.chains import forged
from tests.core.doors import inside, on_platform, rolled_back_as, run, sqlstate
from tests.core.spare import spare_world

TENANT = "acme-spare"
POOL, PUBLIC = f'"pool_{TENANT}"', "public"
PLACES = (POOL, PUBLIC)
E, D, H = "core_auditentry", "core_auditdetail", "core_audithead"


@pytest.fixture
def owner(committed: None) -> Iterator[None]:
    """The owner who says that it moves what never moves; rolled back."""
    spare_world()
    with rolled_back_as("owner"):
        run("SET LOCAL app.moves_clocks = 'on'")
        yield


def checked(place: str, **more: Any) -> Check:
    with connections["owner"].cursor() as cursor:
        found = {check.chain: check for check in verify(cursor, TENANT, **more)}
    return found[place.strip('"')]


def fault(place: str, **more: Any) -> tuple[int, str] | None:
    found = checked(place, **more).fault
    return (found.number, found.what) if found else None


def last(place: str) -> int:
    return int(run(f"SELECT last_number FROM {place}.{H} WHERE tenant_id = '{TENANT}'")[0][0])


def remove(place: str, number: int) -> None:
    of = f"(SELECT id FROM {place}.{E} WHERE tenant_id = '{TENANT}' AND number = {number})"
    run(f"DELETE FROM {place}.{D} WHERE entry_id = {of}")
    run(f"DELETE FROM {place}.{E} WHERE tenant_id = '{TENANT}' AND number = {number}")


def renumber(place: str, old: int, new: int) -> None:
    run(f"UPDATE {place}.{E} SET number = {new} WHERE tenant_id = '{TENANT}' AND number = {old}")


def change(place: str, number: int, what: str) -> None:
    run(f"UPDATE {place}.{E} SET {what} WHERE tenant_id = '{TENANT}' AND number = {number}")


def a_detail(place: str, number: int) -> str:
    (identifier, *_), *_ = run(
        f"SELECT d.id FROM {place}.{D} d JOIN {place}.{E} e ON e.id = d.entry_id "
        f"WHERE e.tenant_id = '{TENANT}' AND e.number = {number} AND d.kind = 'label'"
    )
    return str(identifier)


@pytest.mark.parametrize("place", PLACES)
class TestTampering:
    def test_what_nobody_touched_verifies(self, owner: None, place: str) -> None:
        check = checked(place)
        assert check.fault is None
        assert check.entries == check.number == last(place) >= 3
        assert check.forgotten == 0

    @pytest.mark.parametrize(
        "what",
        ["action = 'x.y'", "object_id = 'x'", "request_id = 'x'", "actor_kind = 'worker'",
         "actor_id = gen_random_uuid()", "at = at + interval '1 microsecond'",
         "claimed_at = '2001-01-01Z'", "environment_id = gen_random_uuid()",
         "digests = digests - 'label'", "id = id"],
    )  # fmt: skip
    def test_an_entry_that_was_altered(self, owner: None, place: str, what: str) -> None:
        run(f"ALTER TABLE {place}.{D} DROP CONSTRAINT core_auditdetail_entry_fk")
        change(place, 2, what)
        assert fault(place) == (None if what == "id = id" else (2, "is not as it was written"))

    def test_an_entry_that_was_altered_with_its_hash(self, owner: None, place: str) -> None:
        change(place, 2, "action = 'x.y'")
        with connections["owner"].cursor() as cursor:
            chain = place.strip('"')
            found = entries(cursor, in_schema(chain), TENANT, chain)
            second = next(entry for entry in found if entry["number"] == 2)
        change(place, 2, f"hash = '{hash_of(second)}'")
        assert fault(place) == (3, "does not carry the hash of the one before")

    def test_an_entry_that_was_removed(self, owner: None, place: str) -> None:
        remove(place, 2)
        assert fault(place) == (2, "is missing")

    def test_an_entry_that_was_removed_and_the_gap_closed(self, owner: None, place: str) -> None:
        end = last(place)
        remove(place, 2)
        for number in range(3, end + 1):
            renumber(place, number, number - 1)
        assert fault(place) == (2, "does not carry the hash of the one before")

    def test_an_entry_that_was_put_between(self, owner: None, place: str) -> None:
        end = last(place)
        for number in range(end, 1, -1):
            renumber(place, number, number + 1)
        run(f"ALTER TABLE {place}.{E} DISABLE TRIGGER afterwards")
        (first,) = run(f"SELECT hash FROM {place}.{E} WHERE tenant_id = '{TENANT}' AND number = 1")[
            0
        ]
        run(forged(place, TENANT, number=2, previous_hash=first))
        assert fault(place) == (2, "is not as it was written")

    def test_entries_that_changed_places(self, owner: None, place: str) -> None:
        renumber(place, 2, 1_000_000)
        renumber(place, 3, 2)
        renumber(place, 1_000_000, 3)
        assert fault(place) == (2, "does not carry the hash of the one before")

    def test_an_end_that_was_cut_off(self, owner: None, place: str) -> None:
        end = last(place)
        remove(place, end)
        assert fault(place) == (end, f"the end is cut off: the head is at {end}")

    def test_an_end_that_was_cut_off_with_its_head(self, owner: None, place: str) -> None:
        """By the chain alone it cannot show; against where it once ended it does."""
        end = last(place)
        earlier = {(TENANT, place.strip('"')): (end, checked(place).hash)}
        assert fault(place, earlier=earlier) is None
        remove(place, end)
        run(f"ALTER TABLE {place}.{H} DISABLE TRIGGER guard")
        run(
            f"UPDATE {place}.{H} h SET last_number = e.number, last_hash = e.hash FROM "
            f"{place}.{E} e WHERE h.tenant_id = '{TENANT}' AND e.tenant_id = h.tenant_id "
            f"AND e.number = {end - 1}"
        )
        assert fault(place) is None
        assert fault(place, earlier=earlier) == (end, f"the end is cut off: it was at {end}")

    def test_a_chain_that_was_written_anew(self, owner: None, place: str) -> None:
        end = last(place)
        earlier = {(TENANT, place.strip('"')): (end, "f" * 64)}
        told = (end, "is another one than was seen here before")
        assert fault(place, earlier=earlier) == told

    def test_an_entry_behind_the_head(self, owner: None, place: str) -> None:
        run(f"ALTER TABLE {place}.{E} DISABLE TRIGGER afterwards")
        end = last(place)
        run(forged(place, TENANT))
        assert fault(place) == (end + 1, "is not as it was written")

    def test_a_head_that_is_gone(self, owner: None, place: str) -> None:
        run(f"DELETE FROM {place}.{H} WHERE tenant_id = '{TENANT}'")
        assert fault(place) == (checked(place).number, "the chain has no head")

    def test_a_value_that_was_altered(self, owner: None, place: str) -> None:
        run(f"UPDATE {place}.{D} SET value = '\"x\"' WHERE id = '{a_detail(place, 2)}'")
        assert fault(place) == (2, "has another label than it was written with")

    def test_a_value_that_was_added(self, owner: None, place: str) -> None:
        run(
            f"INSERT INTO {place}.{D} (id, tenant_id, entry_id, kind, salt, value) "
            "SELECT gen_random_uuid(), tenant_id, entry_id, 'reason', salt, value "
            f"FROM {place}.{D} WHERE id = '{a_detail(place, 2)}'"
        )
        assert fault(place) == (2, "has a value (reason) that it was not written with")

    def test_a_value_that_has_gone_is_counted_and_no_fault(self, owner: None, place: str) -> None:
        run(f"DELETE FROM {place}.{D} WHERE id = '{a_detail(place, 2)}'")
        assert fault(place) is None
        assert checked(place).forgotten == 1


def test_a_chain_of_a_tenant_that_is_gone_altogether(owner: None) -> None:
    for table in (D, E, H):
        run(f"DELETE FROM public.{table} WHERE tenant_id = '{TENANT}'")
    assert fault(PUBLIC) == (1, "the chain is not there")


def test_an_entry_of_another_chain_is_no_entry_of_this_one(owner: None) -> None:
    run(f"ALTER TABLE {PUBLIC}.{E} DISABLE TRIGGER afterwards")
    remove(PUBLIC, 2)
    run(f"DELETE FROM {PUBLIC}.{D} WHERE tenant_id = 'globex-spare'")
    run(
        f"UPDATE {PUBLIC}.{E} SET tenant_id = '{TENANT}' "
        "WHERE tenant_id = 'globex-spare' AND number = 2"
    )
    assert fault(PUBLIC) == (2, "does not carry the hash of the one before")


# What the guards refuse before it must be found.
REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "an entry changes": (lambda p: f"UPDATE {p}.{E} SET action = 'x.y'", "RP422"),
    "an entry goes": (lambda p: f"DELETE FROM {p}.{E}", "RP422"),
    "a value changes": (lambda p: f"UPDATE {p}.{D} SET value = '1'", "RP422"),
    "a head goes": (lambda p: f"DELETE FROM {p}.{H}", "RP422"),
    "a head moves alone": (
        lambda p: f"UPDATE {p}.{H} SET last_number = last_number + 1", "RP409"),
    "a head moves back": (lambda p: f"UPDATE {p}.{H} SET last_number = last_number - 1", "RP409"),
    "a head stays and is another": (
        lambda p: f"UPDATE {p}.{H} SET last_hash = '{'0' * 64}'", "RP409"),
    "a chain begins in the middle": (
        lambda p: f"INSERT INTO {p}.{H} (id, tenant_id, chain, last_number, last_hash) "
        f"VALUES (gen_random_uuid(), '{TENANT}', 'another', 7, '{'0' * 64}')", "RP409"),
    "an entry skips a number": (
        lambda p: forged(p, TENANT, number=last(p) + 2), "RP409"),
    "an entry follows another": (lambda p: forged(p, TENANT, previous_hash="1" * 64), "RP409"),
    "an entry takes a number": (lambda p: forged(p, TENANT, number=1), "23505"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses_the_owner_too(committed: None, place: str, what: str) -> None:
    spare_world()
    statement, state = REFUSED[what]
    with rolled_back_as("owner"):
        assert sqlstate(statement(place)) == state


@pytest.mark.parametrize(
    ("second", "state"),
    [({}, ""), ({"number": 2}, "RP409"), ({"previous_hash": "0" * 64}, "RP409")],
)
def test_two_entries_of_one_statement_follow_each_other_too(
    committed: None, second: dict[str, Any], state: str
) -> None:
    spare_world()
    with rolled_back_as("owner"):
        number = last(POOL) + 1
        first = forged(POOL, TENANT, hash="a" * 64)
        link = {"previous_hash": "a" * 64, **second}
        link["number"] = number + link.get("number", 1)
        following = forged(POOL, TENANT, **link).partition(" VALUES ")[2]
        statement = f"{first}, {following}"
        assert sqlstate(statement) == state
        if not state:
            run(statement)
            assert last(POOL) == number + 1


def test_skipping_a_conflict_moves_no_head(committed: None) -> None:
    spare_world()
    with rolled_back_as("owner"):
        before = last(POOL)
        (taken,) = run(f"SELECT id FROM {POOL}.{E} LIMIT 1")[0]
        statement = forged(POOL, TENANT).replace("gen_random_uuid()", f"'{taken}'", 1)
        run(f"{statement} ON CONFLICT DO NOTHING")
        assert last(POOL) == before


# What is written.


def test_each_entry_carries_the_hash_of_the_one_before(committed: None) -> None:
    spare_world()
    with rolled_back_as("owner"), connections["owner"].cursor() as cursor:
        found = list(entries(cursor, in_schema(f"pool_{TENANT}"), TENANT, f"pool_{TENANT}"))
    assert [entry["number"] for entry in found] == list(range(1, len(found) + 1))
    assert [e["previousHash"] for e in found] == ["0" * 64, *[e["hash"] for e in found[:-1]]]


def test_the_same_value_has_another_digest_each_time(committed: None) -> None:
    world = spare_world()
    with rolled_back_as("owner"):
        with inside(world.acme):
            for _ in range(2):
                audit.record("x.y", object_type="x", object_id="same", reason="because")
        digests = run(f"SELECT digests ->> 'reason' FROM {POOL}.{E} WHERE object_id = 'same'")
        assert len(set(digests)) == 2
        assert fault(POOL) is None


def test_a_number_that_json_cannot_keep_is_told_as_text() -> None:
    assert canonical({"b": 2**60, "a": [1, True, None, 1.5]}) == (
        '{"a":[1,true,null,1.5],"b":"1152921504606846976"}'
    )
    assert canonical({"b": 1, "a": "é\n"}) == '{"a":"é\\n","b":1}'


def test_a_digest_is_of_kind_salt_and_value() -> None:
    salt = bytes(range(16))
    body = {"kind": "reason", "salt": salt.hex(), "value": "why"}
    expected = hashlib.sha256(canonical(body).encode()).hexdigest()
    assert digest("reason", salt, '"why"') == expected
    assert digest("after", salt, '"why"') != expected


def test_a_batch_is_told_by_count_and_digest_whatever_its_order() -> None:
    ids = [uuid7() for _ in range(3)]
    told = audit.batch(ids)
    assert told["count"] == 3
    assert told["digest"].startswith("sha256:")
    assert told == audit.batch(str(one) for one in reversed(ids))
    assert told != audit.batch(ids[:2])


# A person who is forgotten.


def test_an_erased_person_leaves_an_id_and_erased_and_the_chain_verifies(committed: None) -> None:
    world = spare_world()
    someone = uuid7()
    actor = Actor("person", someone, "someone@acme.test", "192.0.2.9")
    with rolled_back_as("owner"):
        with inside(world.acme) as entered:
            entered.actor = actor
            audit.record("x.y", object_type="x", object_id="hers", after={"n": 1}, reason="why")
        with on_platform(world):
            audit.record("person.created", object_type="person", object_id=someone,
                         after={"name": "Someone"}, tenant_id="platform")  # fmt: skip
        with inside(world.acme):
            (before,) = audit.history("hers")
            assert (before.actor_label, before.address) == ("someone@acme.test", "192.0.2.9")
            assert audit.forget_person(someone) == 2
            assert audit.forget_person(someone) == 0
            (entry,) = audit.history("hers")
        with on_platform(world):
            assert audit.forget_person(someone) == 1
        assert (entry.actor_id, entry.actor_label, entry.address) == (someone, "erased", "")
        assert (entry.after, entry.reason) == ({"n": 1}, "why")
        assert fault(POOL) is None
        assert checked(POOL).forgotten == 2


def test_the_steward_forgets_a_person_and_the_web_does_not(committed: None) -> None:
    world = spare_world()
    person = world.acme.people[Role.TENANT_OPERATOR]
    with rolled_back_as("default"), inside(world.acme, writing=False), pytest.raises(Forbidden):
        audit.forget_person(person.id)
    with rolled_back_as("default"), inside(world.acme):
        assert sqlstate(f"DELETE FROM {POOL}.{D}") == "42501"
    with rolled_back_as("steward"):
        worker = Actor("worker", label="steward")
        someone = uuid7()
        with enter_tenant(TENANT, actor=worker, partition=f"pool_{TENANT}", writing=True):
            audit.record("person.changed", object_type="person", object_id=someone,
                         after={"name": "Someone"})  # fmt: skip
        with enter_tenant(TENANT, actor=worker, partition=f"pool_{TENANT}", writing=True):
            assert audit.forget_person(someone) == 1
            run(f"DELETE FROM {POOL}.{D} WHERE kind = 'address'")
            assert sqlstate(f"DELETE FROM {POOL}.{E}") == "42501"
        assert sqlstate(f"DELETE FROM {POOL}.{H}") == "42501"


def test_a_new_tenants_chain_begins_with_its_onboarding(committed: None) -> None:
    world = spare_world()
    with rolled_back_as("owner"):
        with on_platform(world):
            onboard_tenant(slug="chained", name="Chained")
        with connections["owner"].cursor() as cursor:
            (check,) = verify(cursor, "chained")
        assert (check.chain, check.entries, check.fault) == ("public", 1, None)
