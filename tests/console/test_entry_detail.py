"""One entry: who, what, why, both sides of the change, and its place in the chain."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import audit
from apps.core.access import Role
from apps.core.ids import uuid7
from apps.core.models import AuditEntry
from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import MODELS, World


def entry(world: World, model: str = "silo", **values: object) -> AuditEntry:
    with inside(world.acme, model):
        audit.record("test.told", object_type="test", object_id="1", **values)  # type: ignore[arg-type]
    with inside(world.acme, model, writing=False):
        return audit.history("1")[0]


def path(found: AuditEntry) -> str:
    return f"/t/acme/audit/{found.id}/"


@pytest.mark.parametrize("model", MODELS)
def test_it_is_found_in_whichever_chain_it_is(world: World, sign_in: SignIn, model: str) -> None:
    found = entry(world, model, reason="because", environment_id=world.acme.environments[model])
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path(found))
    shown = facts(page)
    assert shown["Number"] == str(found.number)
    assert shown["Hash"] == found.hash
    assert shown["Hash before"] == found.previous_hash
    assert shown["As written"] == "yes"
    assert shown["Reason"] == "because"
    assert shown["Who"].startswith("tenant-operator@acme.test")
    assert world.acme.schema(model) in shown["Chain"]


def test_both_sides_stand_beside_each_other_in_the_order_of_their_keys(
    world: World, sign_in: SignIn
) -> None:
    found = entry(
        world, before={"b": 1, "same": [1], "a": {"y": 1}}, after={"b": 2, "same": [1], "c": "new"}
    )
    text = words(sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path(found)))
    assert "a changed y: 1 \N{EN DASH} b changed 1 2 c changed \N{EN DASH} new same 1 1" in text


def test_what_it_tells_is_text_and_no_markup(world: World, sign_in: SignIn) -> None:
    found = entry(world, after={"<b>k</b>": "<script>x</script>"}, reason="<i>r</i>")
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path(found)).content.decode()
    for piece in ("<b>k", "<script>x", "<i>r"):
        assert piece not in page


def test_an_entry_of_a_neighbour_is_answered_like_none(world: World, sign_in: SignIn) -> None:
    with inside(world.globex, "shared"):
        audit.record("test.told", object_type="test", object_id="theirs")
    with inside(world.globex, "shared", writing=False):
        (theirs,) = audit.history("theirs")
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    answers = [browser.get(f"/t/acme/audit/{key}/").status_code for key in (theirs.id, uuid7())]
    assert answers == [404, 404]
    assert browser.get(f"/platform/audit/{theirs.id}/").status_code == 404


def test_colleagues_who_are_no_auditors_may_not(world: World, sign_in: SignIn) -> None:
    found = entry(world)
    for role in (Role.TENANT_VIEWER, Role.TENANT_OPERATOR, Role.TENANT_ADMIN):
        assert sign_in(world.acme.people[role]).get(path(found)).status_code == 403
    assert sign_in(world.stranger).get(path(found)).status_code == 404


def test_an_entry_that_is_not_as_it_was_written_says_so(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = entry(world)
    monkeypatch.setattr("apps.audit_trail.queries.hash_of", lambda body: "another")
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path(found))
    assert facts(page)["As written"] == "no"
    assert "is not as it was written" in words(page)


def test_the_history_of_a_thing_is_one_query_however_much_it_tells(
    world: World, rolled_back: None
) -> None:
    with inside(world.acme):
        for _ in range(5):
            audit.record("x.y", object_type="x", object_id="much", reason="r", after={"n": 1})
    with inside(world.acme, writing=False), CaptureQueriesContext(connection) as captured:
        found = audit.history("much")
        assert [e.reason for e in found] == ["r"] * 5
        assert found[0].actor_label == "tenant-operator@acme.test"
    assert len([q for q in captured if "core_auditentry" in q["sql"]]) == 1
