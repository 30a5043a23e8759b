"""Drift findings by the API."""

import pytest

from tests.api.caller import Caller, token_of
from tests.api.test_core import problem


def _first(acme: Caller) -> str:
    found = acme.get("/drift-findings").data["results"]
    assert {one["status"] for one in found} == {"Open"}
    return f"/drift-findings/{found[0]['driftFindingId']}"


def test_a_finding_is_acknowledged_and_resolved(acme: Caller) -> None:
    path = _first(acme)
    read = acme.get(path)
    assert read.status_code == 200, read.data
    problem(acme.post(f"{path}/acknowledge", {}, If_Match="*"), "invalid")
    known = acme.post(f"{path}/acknowledge", {"reason": "a trial"}, If_Match=read["ETag"])
    assert known.status_code == 200, known.data
    assert (known.data["status"], known.data["acknowledgedReason"]) == ("Acknowledged", "a trial")
    assert known.data["acknowledgedBy"].startswith("of a test")
    undone = acme.post(f"{path}/unacknowledge", {}, If_Match=known["ETag"])
    assert (undone.data["status"], undone.data["acknowledgedBy"]) == ("Open", ""), undone.data
    problem(acme.post(f"{path}/unacknowledge", {}, If_Match="*"), "conflict")
    known = acme.post(f"{path}/acknowledge", {"reason": "a trial"}, If_Match=undone["ETag"])
    problem(acme.post(f"{path}/resolve", {"reason": "x"}, If_Match=read["ETag"]),
            "precondition-failed")  # fmt: skip
    done = acme.post(f"{path}/resolve", {"reason": "done"}, If_Match=known["ETag"])
    assert (done.data["status"], done.data["resolution"]) == ("Resolved", "by-hand"), done.data
    assert done.data["resolvedAt"]
    problem(acme.post(f"{path}/acknowledge", {"reason": "x"}, If_Match="*"), "conflict")
    resolved = acme.get("/drift-findings?status=Resolved").data["results"]
    assert done.data["driftFindingId"] in {one["driftFindingId"] for one in resolved}


@pytest.mark.parametrize("name", ["environmentId", "kind", "severity", "moduleId"])
def test_the_list_is_narrowed(acme: Caller, name: str) -> None:
    whole = acme.get("/drift-findings").data["results"]
    value = next(one[name] for one in whole if one[name])
    found = acme.get(f"/drift-findings?{name}={value}").data["results"]
    assert found == [one for one in whole if one[name] == value]
    assert acme.get(f"/drift-findings?{name}={value}&status=Resolved").status_code == 200


def test_reading_is_no_right_to_change(rolled_back: None, acme: Caller) -> None:
    path = _first(acme)
    poor = Caller(token_of("acme", ["runtime.drift.read"]))
    answer = poor.post(f"{path}/resolve", {"reason": "x"}, If_Match="*")
    assert problem(answer, "forbidden")["scope"] == "runtime.drift.write"
