"""Services from rows by the API: a dry run first, all or nothing, and exported again no change."""

from typing import Any

import pytest

from tests.api.caller import Caller, token_of
from tests.api.test_core import UNKNOWN, problem
from tests.core.doors import inside
from tests.services.test_create_services import spec
from tests.world import World

NEW = {"moduleId": "new", "image": "registry.test/new:1", "version": "1", "replicas": 3}
KINDS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}


def _url(world: World, *more: str, model: str = "pool") -> str:
    here = world.acme.environments[model]
    return "&".join([f"/services/import?environmentId={here}", *more])


def _state(acme: Caller) -> Any:
    return acme.get("/services").data, acme.get("/deployments").data


@pytest.mark.parametrize("format", KINDS)
@pytest.mark.parametrize("collection", ["services", "scaling-policies"])
def test_what_was_exported_comes_in_again_as_no_change(
    acme: Caller, world: World, format: str, collection: str
) -> None:
    from apps.services.operations import create_services

    with inside(world.acme, "pool"):
        create_services([spec("run-me", image="=cmd()", version="-1"), spec("'quoted", image="@x")])
    here = world.acme.environments["pool"]
    file = acme.get(f"/{collection}/export?format={format}&environmentId={here}").file
    before = _state(acme)
    again = acme.post(_url(world), file, Content_Type=KINDS[format], If_Match="*")
    assert again.status_code == 200, again.data
    assert (again.data["new"], again.data["changed"], again.data["refused"]) == ([], [], [])
    assert sorted(again.data["unchanged"]) == ["'quoted", "cart", "run-me", "web"]
    assert _state(acme) == before


def test_a_dry_run_tells_everything_and_does_nothing(acme: Caller, world: World) -> None:
    before = _state(acme)
    rows = [
        NEW, {"moduleId": "cart", "replicas": 9}, {"moduleId": "web"},
        {"moduleId": "bad", "replicas": -1, "colour": "red"}, {"serviceId": UNKNOWN},
    ]  # fmt: skip
    dry = acme.post(_url(world, "dryRun=true"), rows)
    assert dry.status_code == 200, dry.data
    told = (dry.data["dryRun"], dry.data["new"], dry.data["changed"], dry.data["unchanged"])
    assert told == (True, ["new"], ["cart"], ["web"])
    wrong = {(one["index"], one["field"]) for one in dry.data["refused"]}
    assert wrong >= {(3, "colour"), (3, "image"), (4, "serviceId")}
    assert _state(acme) == before
    errors = problem(acme.post(_url(world), rows, If_Match="*"), "invalid")["errors"]
    assert errors == dry.data["refused"]
    assert _state(acme) == before


def test_production_is_imported_by_what_the_dry_run_has_shown(acme: Caller, world: World) -> None:
    rows = [NEW, {"moduleId": "cart", "replicas": 9, "maxReplicas": 12}]
    dry = acme.post(_url(world, "dryRun=true"), rows)
    problem(acme.post(_url(world), rows), "precondition-required")
    cart = f"/services/{world.acme.services['pool']['cart']}"
    assert acme.patch(cart, {"version": "9"}, If_Match="*").status_code == 200
    problem(acme.post(_url(world), rows, If_Match=dry["ETag"]), "precondition-failed")
    dry = acme.post(_url(world, "dryRun=true"), rows)
    done = acme.post(_url(world), rows, If_Match=dry["ETag"])
    assert done.data == {**dry.data, "dryRun": False}, done.data
    assert acme.get(cart).data["replicas"] == 9
    made = acme.get("/services?moduleId=new").data["results"][0]
    assert made["deploymentId"] == acme.get(cart).data["deploymentId"]


def test_a_row_names_its_service_by_id_or_by_name(acme: Caller, world: World) -> None:
    mine = world.acme.services["pool"]
    rows = [
        {"serviceId": str(mine["cart"]), "version": "5"}, {"moduleId": "web", "version": "6"},
    ]  # fmt: skip
    done = acme.post(_url(world), rows, If_Match="*")
    assert done.data["changed"] == ["cart", "web"], done.data
    assert acme.get(f"/services/{mine['cart']}").data["version"] == "5"
    other = [{"serviceId": str(mine["cart"]), "moduleId": "web"}]
    refused = acme.post(_url(world, "dryRun=true"), other).data["refused"]
    assert [one["field"] for one in refused] == ["moduleId"]
    both = [{"serviceId": str(mine["cart"])}, {"moduleId": "cart"}]
    refused = acme.post(_url(world, "dryRun=true"), both).data["refused"]
    assert [(one["index"], one["field"]) for one in refused] == [(1, "moduleId")]


def test_another_tenants_service_is_one_that_does_not_exist(acme: Caller, world: World) -> None:
    theirs = world.globex.services["pool"]["cart"]
    answers = [
        acme.post(_url(world, "dryRun=true"), [{"serviceId": str(i)}], X_Request_ID="same")
        for i in (theirs, UNKNOWN)
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].data["refused"][0]["field"] == "serviceId"
    row = {"moduleId": "cart", "tenantId": "globex"}
    refused = acme.post(_url(world, "dryRun=true"), [row]).data["refused"]
    assert [one["field"] for one in refused] == ["tenantId"]
    silo = world.globex.environments["silo"]
    problem(acme.post(f"/services/import?environmentId={silo}", [NEW]), "not-found")


@pytest.mark.parametrize(
    ("kind", "body"),
    [("json", {}), ("json", ["x"]), ("json", "null"), ("ndjson", b"{"), ("ndjson", b"[]\n"),
     ("csv", b"a,a\n1,2\n"), ("csv", b"moduleId\n1,2\n"), ("csv", b"\xff\xfe"),
     ("csv", b'"'), ("ndjson", b"\xff")],
)  # fmt: skip
def test_what_is_no_file_of_rows_is_refused(
    acme: Caller, world: World, kind: str, body: Any
) -> None:
    before = _state(acme)
    problem(acme.post(_url(world), body, Content_Type=KINDS[kind], If_Match="*"), "invalid")
    assert _state(acme) == before


def test_reading_is_no_right_to_import(rolled_back: None, world: World) -> None:
    poor = Caller(token_of("acme", ["runtime.services.read"]))
    problem(poor.post(_url(world, "dryRun=true"), [NEW]), "forbidden")
