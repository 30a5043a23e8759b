"""Arrays: many things changed or moved at once, all or none."""

from typing import Any

import pytest

from apps.core.models import AuditEntry
from apps.drift_findings.models import RuntimeDriftFinding
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from tests.api.caller import Caller, token_of
from tests.api.test_core import UNKNOWN, problem
from tests.core.doors import inside
from tests.world import TestTenant, World

VERBS = {
    "run": "Running", "degrade": "Degraded", "stop": "Stopped", "start": "Pending",
    "retire": "Retired",
}  # fmt: skip
Rows = list[dict[str, Any]]


def _url(path: str, tenant: TestTenant, model: str = "pool") -> str:
    return f"{path}?environmentId={tenant.environments[model]}"


def _services(caller: Caller, world: World) -> Rows:
    return list(caller.get(_url("/services", world.acme)).data["results"])


def _named(rows: Rows, **more: Any) -> Rows:
    return [{"serviceId": one["serviceId"], "ifMatch": "*", **more} for one in rows]


def _entries(world: World, action: str) -> list[AuditEntry]:
    """What the requests of this test have written: all of one transaction."""
    with inside(world.acme, "pool", writing=False) as entered:
        found = AuditEntry.objects.filter(tenant_id="acme", action=action, actor_kind="client")
        assert entered.partition
        return list(found.order_by("-number"))


def test_many_are_changed_as_one_deployment(acme: Caller, world: World) -> None:
    before = _services(acme, world)
    url = _url("/services", world.acme)
    changes = _named(before, replicas=7)
    changes[0]["reason"] = "a busy week"
    changed = acme.patch(url, changes)
    assert changed.status_code == 200, changed.data
    results = changed.data["results"]
    assert [one["serviceId"] for one in results] == [one["serviceId"] for one in before]
    assert {one["replicas"] for one in results} == {7}
    assert {one["image"] for one in results} == {one["image"] for one in before}
    [deployment] = {one["deploymentId"] for one in results}
    assert acme.get(f"/deployments/{deployment}").data["reason"] == "a busy week"
    again = acme.patch(url, _named(before, replicas=7))
    assert again.data == changed.data  # nothing changed: no further deployment
    one, other = _named(before)
    part = acme.patch(url, [{**one, "image": "registry.test/new:2"}, {**other, "replicas": 7}])
    moved = [one["deploymentId"] != deployment for one in part.data["results"]]
    assert moved == [True, False]


@pytest.mark.parametrize(
    ("wrong", "index", "field"),
    [({"replicas": -1}, 1, "replicas"), ({"image": " "}, 1, "image"),
     ({"moduleId": "other"}, 1, "moduleId"), ({"serviceId": UNKNOWN}, 1, "serviceId"),
     ({"serviceId": "x"}, 1, "serviceId")],
)  # fmt: skip
def test_one_that_is_wrong_keeps_all_as_they_were(
    acme: Caller, world: World, wrong: dict[str, Any], index: int, field: str
) -> None:
    before = _services(acme, world)
    changes = _named(before, replicas=7)
    changes[index] |= wrong
    errors = problem(acme.patch(_url("/services", world.acme), changes), "invalid")["errors"]
    assert {(one["index"], one["field"]) for one in errors} == {(index, field)}
    assert _services(acme, world) == before


def test_production_asks_for_the_version_of_each(acme: Caller, world: World) -> None:
    rows = _services(acme, world)
    url = _url("/services", world.acme)
    tags = [acme.get(f"/services/{one['serviceId']}")["ETag"] for one in rows]
    bare = [{"serviceId": one["serviceId"], "replicas": 9} for one in rows]
    errors = problem(acme.patch(url, bare), "precondition-required")["errors"]
    assert [one["index"] for one in errors] == [0, 1]
    read = [{**one, "ifMatch": tag} for one, tag in zip(bare, tags, strict=True)]
    stale = [read[0], {**read[1], "ifMatch": tags[0]}]
    errors = problem(acme.patch(url, stale), "precondition-failed")["errors"]
    assert [(one["index"], one["field"]) for one in errors] == [(1, "ifMatch")]
    assert acme.patch(url, read).status_code == 200
    problem(acme.patch(url, read), "precondition-failed")


@pytest.mark.parametrize("verb", VERBS)
def test_many_are_moved_with_one_entry(acme: Caller, world: World, verb: str) -> None:
    rows = _services(acme, world)
    ready = "run" if verb in ("degrade", "stop") else "stop"
    acme.post(_url("/services/run", world.acme), _named(rows))
    acme.post(_url(f"/services/{ready}", world.acme), _named(rows))
    url = _url(f"/services/{verb}", world.acme)
    moved = acme.post(url, _named(rows, reason="all of them"), Idempotency_Key="m")
    assert moved.status_code == 200, moved.data
    assert {one["status"] for one in moved.data["results"]} == {VERBS[verb]}
    assert all(bool(one["retiredAt"]) == (verb == "retire") for one in moved.data["results"])
    from apps.services.many import ACTIONS

    entry = _entries(world, ACTIONS[verb])[0]
    ids = sorted(one["serviceId"] for one in rows)
    assert entry.after["ids"] == ids
    assert (entry.after["count"], entry.reason) == (len(ids), "all of them")
    assert acme.post(url, _named(rows, reason="all of them"), Idempotency_Key="m").data == (
        moved.data
    )


def test_one_in_another_state_keeps_all_where_they_were(acme: Caller, world: World) -> None:
    rows = _services(acme, world)
    one = [_named(rows)[1]]
    assert acme.post(_url("/services/retire", world.acme), one).status_code == 200
    errors = problem(acme.post(_url("/services/stop", world.acme), _named(rows)), "invalid")[
        "errors"
    ]
    assert [(one["index"], one["field"]) for one in errors] == [(1, "serviceId")]
    assert "Retired" in errors[0]["messages"][0]
    twice = _named(rows)[:1] * 2
    errors = problem(acme.post(_url("/services/stop", world.acme), twice), "invalid")["errors"]
    assert errors[0]["messages"] == ["is named twice"]
    with inside(world.acme, "pool", writing=False):
        states = RuntimeService.objects.values_list("status", flat=True)
        assert sorted(states) == ["Pending", "Retired"]


def test_another_tenants_thing_is_one_that_does_not_exist(acme: Caller, world: World) -> None:
    for path, key, body in (
        ("/services", "serviceId", {"replicas": 3}),
        ("/services/stop", "serviceId", {}),
        ("/drift-findings/resolve", "driftFindingId", {"reason": "x"}),
        ("/scaling-policies", "scalingPolicyId", {"maxReplicas": 3}),
    ):
        method = "PATCH" if path.count("/") == 1 else "POST"
        theirs = _ids(world.globex, path)
        answers = [
            acme(
                method, _url(path, world.acme, "shared"),
                [{key: str(identifier), "ifMatch": "*", **body}], X_Request_ID="the-same",
            )
            for identifier in (theirs, UNKNOWN)
        ]  # fmt: skip
        problem(answers[0], "invalid")
        assert answers[0].content == answers[1].content
        there = acme(method, _url(path, world.globex, "silo"), [])
        problem(there, "not-found")


def _ids(tenant: TestTenant, path: str) -> Any:
    model: Any = RuntimeService
    if "drift" in path:
        model = RuntimeDriftFinding
    elif "scaling" in path:
        model = ScalingPolicy
    with inside(tenant, "shared", writing=False):
        return model.objects.values_list("id", flat=True)[0]


@pytest.mark.parametrize("body", [[], {}, {"serviceId": UNKNOWN}, ["x"], [None], [[]], 7])
def test_what_is_no_array_of_things_is_refused(acme: Caller, world: World, body: Any) -> None:
    problem(acme.post(_url("/services/stop", world.acme), body), "invalid")
    problem(acme.post("/services/stop", []), "bad-parameter")


def test_policies_are_changed_together_and_within_the_quota(acme: Caller, world: World) -> None:
    url = _url("/scaling-policies", world.acme)
    rows = acme.get(url).data["results"]
    wanted = [
        {"scalingPolicyId": one["scalingPolicyId"], "ifMatch": "*", "maxReplicas": 20 + n}
        for n, one in enumerate(rows)
    ]
    changed = acme.patch(url, wanted)
    assert changed.status_code == 200, changed.data
    assert [one["maxReplicas"] for one in changed.data["results"]] == [20, 21]
    assert [one["minReplicas"] for one in changed.data["results"]] == [
        one["minReplicas"] for one in rows
    ]
    assert len(_entries(world, "scaling_policies.changed")) == 1
    wrong = [wanted[0] | {"maxReplicas": 30}, wanted[1] | {"minReplicas": 40}]
    errors = problem(acme.patch(url, wrong), "invalid")["errors"]
    assert [(one["index"], one["field"]) for one in errors] == [(1, "maxReplicas")]
    assert acme.get(url).data["results"] == changed.data["results"]


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_findings_are_moved_together(acme: Caller, world: World, verb: str) -> None:
    url = _url("/drift-findings", world.acme)
    rows = acme.get(url).data["results"]
    named = [{"driftFindingId": one["driftFindingId"], "ifMatch": "*"} for one in rows]
    there = _url(f"/drift-findings/{verb}", world.acme)
    problem(acme.post(there, named), "invalid")  # no reason
    named[0]["reason"] = "known since yesterday"
    moved = acme.post(there, named)
    assert moved.status_code == 200, moved.data
    status = {"acknowledge": "Acknowledged", "resolve": "Resolved"}[verb]
    assert {one["status"] for one in moved.data["results"]} == {status}
    told = "acknowledgedReason" if verb == "acknowledge" else "resolutionReason"
    assert {one[told] for one in moved.data["results"]} == {"known since yesterday"}
    clock = "acknowledgedAt" if verb == "acknowledge" else "resolvedAt"
    assert all(one[clock] for one in moved.data["results"])
    assert len(_entries(world, f"findings.{verb}d")) == 1
    errors = problem(acme.post(_url("/drift-findings/acknowledge", world.acme), named), "invalid")
    assert {one["field"] for one in errors["errors"]} == {"driftFindingId"}


def test_reading_is_no_right_to_change_many(rolled_back: None, world: World) -> None:
    poor = Caller(token_of("acme", ["runtime.services.read"]))
    problem(poor.patch(_url("/services", world.acme), []), "forbidden")
