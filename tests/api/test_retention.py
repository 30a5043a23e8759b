"""Runs, exceptions and holds by the API."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.retention.certificate_files import check_certificate
from apps.retention.models import LegalHold
from apps.tenant_bindings.context import enter_tenant
from tests.api.caller import Caller, token_of
from tests.api.governed import MATTER
from tests.api.test_core import UNKNOWN, problem
from tests.world import World, person_actor


def test_a_run_tells_what_went_and_gives_its_certificate(acme: Caller, world: World) -> None:
    disposed = world.acme.disposed
    path = f"/retention-runs/{disposed['run']}"
    run = acme.get(path)
    assert run.status_code == 200, run.data
    assert run.data["certificateId"] == str(disposed["certificate"])
    entries = {entry["dataClass"]: entry for entry in run.data["entries"]}
    gone = {name: (entry["due"], entry["purged"]) for name, entry in entries.items()}
    assert gone == {"retired-service": (1, 1), "health-result": (7, 7)}
    assert entries["retired-service"]["heldBack"] == [{"reason": "hold", "count": 2}]
    assert acme.get(path, If_None_Match=run["ETag"]).status_code == 304
    file = acme.get(f"{path}/certificate")
    key = file.data["certificate"]["publicKey"]
    assert check_certificate(file.content, key)["leaves"]["root"] == run.data["root"]
    assert file["Content-Type"] == "application/json"
    problem(acme.get(f"{path}/certificate?fields=signature"), "bad-parameter")
    assert run.data in acme.get("/retention-runs").data["results"]
    problem(acme.post(f"{path}/certificate", {}), "method-not-allowed")


def _asked(**more: Any) -> dict[str, Any]:
    return {
        "dataClass": "deployment-history", "reason": "moved", "legalBasis": "contract 7",
        "lapsesAt": "2099-01-01T00:00:00Z", **more,
    }  # fmt: skip


def test_an_exception_is_asked_for_and_withdrawn_and_never_approved(acme: Caller) -> None:
    made = acme.post("/governance-exceptions", _asked(), Idempotency_Key="x1")
    assert made.status_code == 201, made.data
    assert (made.data["status"], made.data["decidedBy"]) == ("Asked", "")
    assert made.data["askedBy"].startswith("of a test")
    again = acme.post("/governance-exceptions", _asked(), Idempotency_Key="x1")
    assert again.data == made.data
    place = made["Location"].removeprefix("http://testserver")
    assert acme.get(place).data == made.data
    problem(acme.post(f"{place}/approve", {}), "not-found")
    gone = acme.post(f"{place}/withdraw")
    assert gone.data["status"] == "Withdrawn", gone.data
    problem(acme.post(f"{place}/withdraw"), "conflict")
    assert acme.get("/governance-exceptions?status=Withdrawn").data["results"] == [gone.data]
    assert acme.get("/governance-exceptions?status=Asked").data["results"] == []


@pytest.mark.parametrize(
    ("more", "field"),
    [({"dataClass": "nothing"}, "dataClass"), ({"reason": " "}, "reason"),
     ({"legalBasis": ""}, "legalBasis"), ({"lapsesAt": "2001-01-01T00:00:00Z"}, "lapsesAt"),
     ({"decidedBy": "me"}, "decidedBy"), ({"environmentId": "1"}, "environmentId")],
)  # fmt: skip
def test_what_cannot_be_asked_names_its_field(acme: Caller, more: Any, field: str) -> None:
    errors = problem(acme.post("/governance-exceptions", _asked(**more)), "invalid")["errors"]
    assert {one["field"] for one in errors} == {field}


def test_another_tenants_environment_is_none(acme: Caller, world: World) -> None:
    for identifier in (world.globex.environments["silo"], UNKNOWN):
        asked = _asked(environmentId=str(identifier))
        problem(acme.post("/governance-exceptions", asked), "not-found")


def test_reading_retention_is_no_right_to_ask(rolled_back: None) -> None:
    poor = Caller(token_of("acme", ["runtime.retention.read"]))
    problem(poor.post("/governance-exceptions", _asked()), "forbidden")


def test_a_hold_shows_its_reference_and_never_its_matter(acme: Caller, governed: None) -> None:
    answer = acme.get("/legal-holds")
    [hold] = answer.data["results"]
    assert (hold["number"], hold["status"], hold["endsAt"]) == (1, "Placed", None)
    assert (hold["tenantId"], hold["dataClasses"]) == ("acme", ["step-log"])
    assert MATTER not in answer.content.decode()
    assert acme.get(f"/legal-holds/{hold['legalHoldId']}").data == hold
    assert acme.get("/legal-holds?dataClass=step-log&status=Placed").data["results"] == [hold]
    assert acme.get("/legal-holds?dataClass=environment-row").status_code == 400
    assert acme.get("/legal-holds?status=Lifted").data["results"] == []
    assert acme.get("/legal-holds?cursor=WyJuIiwieCJd").status_code == 400


def test_holds_come_page_by_page(acme: Caller, world: World) -> None:
    from tests.api.governed import govern

    for _ in range(3):
        govern(world)
    seen: list[int] = []
    url = "/legal-holds?limit=2"
    while url:
        page = acme.get(url.removeprefix("http://testserver")).data
        seen += [one["number"] for one in page["results"]]
        url = page["next"]
    assert seen == [3, 2, 1]


def test_the_database_shows_a_token_no_row_of_a_hold(
    acme: Caller, governed: None, world: World
) -> None:
    """The reference comes from a function: with its own queries a viewer has nothing."""
    viewer = person_actor(world.acme.people[Role.TENANT_VIEWER])
    with enter_tenant("acme", actor=viewer, partition="public"):
        assert not LegalHold.objects.exists()
