"""What holds for every operation: tokens, rights, problems, parameters, versions, limits."""

import functools
import gzip
import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.urls import get_resolver

from apps.api import parsers
from apps.api.problems import PROBLEMS, TYPE
from apps.core import door
from apps.core.access import TOKEN_SCOPES
from apps.core.ids import uuid7
from apps.core.models import AuditEntry
from apps.people.models import ApiClient
from apps.people.operations import revoke_api_client
from apps.tenant_bindings import throughput
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import change_quota, suspend_binding
from apps.tenant_bindings.release import release_binding
from apps.tenants.operations import onboard_tenant
from tests.api.caller import Caller, new_client, token_of
from tests.core.threads import together
from tests.retention.disposed import dispose
from tests.world import OPERATOR, World

UNKNOWN = "0199a1b2-0000-7000-8000-000000000000"


def _operations() -> list[Any]:
    [root] = [r for r in get_resolver().url_patterns if getattr(r, "namespace", "") == "api"]
    return [
        pytest.param(method.upper(), str(p.pattern), p.callback.cls, name, id=f"{method}-{p.name}")
        for p in root.url_patterns
        if hasattr(p.callback, "actions")
        for method, name in p.callback.actions.items()
        if method != "head"
    ]


ALL = _operations()
WITH_ID = [case for case in ALL if "<uuid:id>" in case.values[1]]


def _path(pattern: str, identifier: Any = UNKNOWN) -> str:
    return f"/v1/{pattern}".replace("<uuid:id>", str(identifier))


def problem(answer: Any, name: str) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json", answer.content
    assert answer.data["type"] == TYPE + name
    assert answer.data["status"] == answer.status_code == PROBLEMS[name][0]
    assert answer.data["requestId"] == answer["X-Request-ID"]
    assert "no-store" in answer["Cache-Control"]
    return dict(answer.data)


@pytest.mark.parametrize(("method", "pattern", "view", "name"), ALL)
def test_no_operation_is_open_without_a_token_or_its_scope(
    rolled_back: None, method: str, pattern: str, view: Any, name: str
) -> None:
    path = _path(pattern)
    scope = getattr(view, name).operation.scope
    # Made first: a refusal is an entry, whose chain waits for this transaction.
    rest = token_of("acme", sorted(TOKEN_SCOPES - {scope}))
    alone = token_of("acme", [scope])
    answer = Caller("")(method, path)
    problem(answer, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    problem(Caller("rp_" + "x" * 43)(method, path), "unauthenticated")
    assert problem(Caller(rest)(method, path), "forbidden")["scope"] == scope
    assert Caller(alone)(method, path).status_code not in (401, 403)


@pytest.mark.parametrize(("method", "pattern", "view", "name"), ALL)
def test_no_operation_is_open_to_a_revoked_or_expired_token(
    committed: None, method: str, pattern: str, view: Any, name: str
) -> None:
    client, token = new_client("acme")
    assert Caller(token)(method, _path(pattern)).status_code != 401
    with (
        door.using("owner"),
        enter_tenant("acme", actor=OPERATOR, partition="public", writing=True),
    ):
        revoke_api_client(client.id)
    problem(Caller(token)(method, _path(pattern)), "unauthenticated")


def test_an_expired_token_is_unknown(committed: None) -> None:
    client, token = new_client("acme")
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL app.moves_clocks = 'on'")
        cursor.execute(
            "UPDATE people_apiclient SET expires_at = created_at WHERE id = %s", [client.id]
        )
    problem(Caller(token).get("/services"), "unauthenticated")


@functools.cache
def _run_of_another() -> UUID:
    """A certified run of a tenant that has nothing else, on a connection of its own."""

    def make() -> UUID:
        with door.using("owner"), enter_platform(actor=OPERATOR):
            slug = onboard_tenant(slug=f"run-{uuid7().hex[-12:]}", name="Elsewhere").tenant_id
        return dispose(slug)[slug]["run"]

    (found,) = together(make)
    assert isinstance(found, UUID), found
    return found


def _ids_of(view: Any, caller: Caller) -> UUID:
    name = next(str(c.values[1]) for c in ALL if c.values[2] is view).removeprefix("runtime/")
    row: dict[str, Any] = caller.get(f"/{name}").data["results"][0]
    return UUID(next(iter(row.values())))


@pytest.mark.parametrize(("method", "pattern", "view", "name"), WITH_ID)
def test_another_tenants_id_is_answered_as_one_that_does_not_exist(
    world: World,
    acme: Caller,
    globex: Caller,
    governed: None,
    method: str,
    pattern: str,
    view: Any,
    name: str,
) -> None:
    theirs: Any
    if "environments" in pattern:
        # An environment that both are bound to is no secret: the silo of globex is.
        theirs = world.globex.environments["silo"]
    elif "retention-runs" in pattern:
        theirs = _run_of_another()  # nor is a run in which both had rows
    else:
        theirs = _ids_of(view, globex)
    known = {"X_Request_ID": "the-same-for-both"}
    answers = [acme(method, _path(pattern, i), {}, **known) for i in (theirs, UNKNOWN)]
    problem(answers[0], "not-found")
    assert answers[0].content == answers[1].content
    assert dict(answers[0].headers) == dict(answers[1].headers)


def test_what_is_no_url_is_a_problem_too(acme: Caller) -> None:
    problem(acme.get("/nothing"), "not-found")
    problem(acme.get("/services/1"), "not-found")
    problem(acme.get("/v1/"), "not-found")
    problem(acme("PUT", "/services"), "method-not-allowed")
    problem(acme("OPTIONS", "/services"), "method-not-allowed")
    problem(acme.get("/services", Accept="text/html"), "not-acceptable")
    problem(acme.post("/services", "x", Content_Type="text/plain"), "unsupported-media-type")


@pytest.mark.parametrize(
    "body", ["{", "[1,", '{"a": NaN}', '{"a": 1, "a": 2}', b"\xff\xfe", "[" * 100_000, "1" * 5000]
)
def test_what_is_no_json_is_malformed(acme: Caller, body: Any) -> None:
    answer = acme.post("/services", body)
    assert answer.status_code in (400, 422), answer.data


def test_a_body_is_no_longer_than_it_may_be(acme: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "MOST_BYTES", 1000)
    problem(acme.post("/services", "x" * 1001), "too-large")
    bomb = gzip.compress(b" " * 1_000_000)[:990]
    packed = gzip.compress(b" " * 2000)
    problem(acme.post("/services", packed, Content_Encoding="gzip"), "too-large")
    assert acme.post("/services", bomb, Content_Encoding="gzip").status_code in (400, 413)
    problem(acme.post("/services", b"x", Content_Encoding="br"), "unsupported-media-type")


@pytest.mark.parametrize(
    "query",
    ["x=1", "limit=0", "limit=201", "limit=-1", "limit=1&limit=2", "status=Lost", "cursor=x",
     "environmentId=1", "fields=nothing", "order=image", "moduleId=%00"],
)  # fmt: skip
def test_a_parameter_that_is_unknown_or_wrong_is_refused(acme: Caller, query: str) -> None:
    problem(acme.get(f"/services?{query}"), "bad-parameter")


def test_pages_lead_to_the_end_and_back(acme: Caller) -> None:
    whole = [one["serviceId"] for one in acme.get("/services").data["results"]]
    seen: list[str] = []
    url, last = "/v1/runtime/services?limit=2&fields=serviceId", ""
    while url:
        page = acme.get(url.removeprefix("http://testserver")).data
        assert all(list(one) == ["serviceId"] for one in page["results"])
        seen += [one["serviceId"] for one in page["results"]]
        last, url = page["previous"], page["next"]
    assert seen == whole
    back = acme.get(last.removeprefix("http://testserver")).data
    assert [one["serviceId"] for one in back["results"]] == whole[-4:-2]
    answer = acme.get("/services?order=-moduleId")
    names = [one["moduleId"] for one in answer.data["results"]]
    assert names == sorted(names, reverse=True)


def test_what_is_unchanged_is_not_sent_again(acme: Caller, world: World) -> None:
    path = f"/services/{world.acme.services['pool']['cart']}"
    read = acme.get(path)
    assert "no-store" in read["Cache-Control"]
    assert "Authorization" in read["Vary"]
    again = acme.get(path, If_None_Match=read["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_refused_request_leaves_an_entry_and_nothing_else(world: World, acme: Caller) -> None:
    poor = Caller(token_of("acme", ["runtime.services.read"]))
    problem(poor.post("/services", []), "forbidden")
    with enter_tenant("acme", actor=OPERATOR, partition="public"):
        entry = AuditEntry.objects.filter(tenant_id="acme").order_by("-number").first()
    assert entry is not None
    assert (entry.action, entry.actor_kind) == ("access.refused", "client")


def test_production_asks_for_the_version(acme: Caller, world: World) -> None:
    path = f"/services/{world.acme.services['pool']['cart']}"
    problem(acme.post(f"{path}/stop", {}), "precondition-required")
    problem(acme.post(f"{path}/stop", {}, If_Match='"another"'), "precondition-failed")
    tag = acme.get(path)["ETag"]
    problem(acme.post(f"{path}/stop", {}, If_Match=f"W/{tag}"), "precondition-failed")
    assert acme.post(f"{path}/stop", {}, If_Match=f'"x", {tag}').data["status"] == "Stopped"


def _new(environment: UUID, module: str, **more: Any) -> dict[str, Any]:
    return {
        "environmentId": str(environment), "moduleId": module, "image": "registry.test/x:1",
        "version": "1", "replicas": 1, **more,
    }  # fmt: skip


def test_an_array_is_made_whole_or_not_at_all(acme: Caller, world: World) -> None:
    here = world.acme.environments["shared"]
    bad = [_new(here, "a"), _new(here, "b", replicas=-1), _new(here, "c", image="", x=1)]
    errors = problem(acme.post("/services", bad), "invalid")["errors"]
    assert {(one["index"], one["field"]) for one in errors} >= {(1, "replicas"), (2, "x")}
    mixed = [_new(here, "a"), _new(world.acme.environments["pool"], "b")]
    problem(acme.post("/services", mixed), "invalid")
    assert acme.get("/services?moduleId=a").data["results"] == []
    made = acme.post("/services", [_new(here, "a"), _new(here, "b")])
    assert made.status_code == 201
    assert len({one["deploymentId"] for one in made.data["results"]}) == 1


def test_another_tenants_environment_takes_nothing(acme: Caller, world: World) -> None:
    theirs = acme.post("/services", _new(world.globex.environments["silo"], "x"))
    problem(theirs, "not-found")
    assert theirs.data["detail"] == acme.post("/services", _new(uuid7(), "x")).data["detail"]


def test_a_repeated_request_is_answered_and_not_done_again(acme: Caller, world: World) -> None:
    body = _new(world.acme.environments["pool"], "once")
    first = acme.post("/services", body, Idempotency_Key="k1")
    again = acme.post("/services", body, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    other = acme.post("/services", {**body, "moduleId": "twice"}, Idempotency_Key="k1")
    problem(other, "idempotency-conflict")
    problem(acme.post("/services", body, Idempotency_Key="k2"), "conflict")  # and is not kept
    problem(acme.post("/services", body, Idempotency_Key="k2"), "conflict")


def test_the_binding_admits_so_many_a_second(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "_limiter", throughput.Limiter(1, lambda: 0.0))
    world = fresh()
    caller = Caller(token_of(world.acme.slug))
    with door.using("owner"), enter_platform(actor=OPERATOR):
        change_quota(world.acme.bindings["pool"], quota={"throughputRps": 2})
    path = f"/services/{world.acme.services['pool']['cart']}/stop"
    assert caller.post(path, {}, If_Match="*")["RateLimit"] == '"binding";r=1;t=1'
    caller.post(path, {}, If_Match="*")
    refused = caller.post(path, {}, If_Match="*")
    problem(refused, "too-many-requests")
    assert refused["Retry-After"] == "1"
    assert refused["RateLimit-Policy"] == '"binding";q=2;w=1'
    assert caller.get("/services").status_code == 200  # of the whole tenant, elsewhere unlimited


def test_a_suspended_binding_is_read_and_not_written(
    fresh: Any,
) -> None:
    world = fresh()
    caller = Caller(token_of(world.acme.slug))
    with door.using("owner"), enter_platform(actor=OPERATOR):
        suspend_binding(world.acme.bindings["pool"])
    path = f"/services/{world.acme.services['pool']['cart']}"
    assert caller.get(path).status_code == 200
    problem(caller.post(f"{path}/stop", {}, If_Match="*"), "binding-suspended")
    other = f"/services/{world.acme.services['silo']['cart']}"
    assert caller.post(f"{other}/stop", {}, If_Match="*").status_code == 200
    body = _new(world.acme.environments["shared"], "raced")
    answers = together(
        *[lambda: caller_of(caller.token).post("/services", body, Idempotency_Key="k")] * 4
    )
    assert [a.status_code for a in answers] == [201] * 4
    assert len({a.content for a in answers}) == 1
    assert len([a for a in answers if a.has_header("Idempotency-Replayed")]) == 3
    with door.using("owner"), enter_platform(actor=OPERATOR):
        release_binding(world.acme.bindings["pool"])
    problem(caller.get(path), "not-found")
    problem(caller.post(f"{path}/stop", {}, If_Match="*"), "not-found")
    with door.using("owner"), enter_platform(actor=OPERATOR):
        seen = ApiClient.objects.filter(tenant_id=world.acme.slug).values_list(
            "last_used_at", flat=True
        )
        assert all(seen)


def caller_of(token: str) -> Caller:
    return Caller(token)


def test_a_configuration_and_a_deployment_go_their_way(acme: Caller, world: World) -> None:
    here = str(world.acme.environments["shared"])
    draft = acme.post("/configurations", {"environmentId": here, "payload": {"a": 1}})
    assert draft.status_code == 201, draft.data
    path = f"/configurations/{draft.data['configurationId']}"
    edited = acme.patch(path, {"payload": {"a": 2}}, If_Match=draft["ETag"])
    assert edited.status_code == 200, edited.data
    published = acme.post(f"{path}/publish", {}, If_Match=acme.get(path)["ETag"])
    assert published.data["status"] == "Published"
    asked = acme.post("/deployments", {"environmentId": here, "releaseRef": "r1"})
    assert asked.status_code == 201, asked.data
    assert asked.data["configurationId"] == draft.data["configurationId"]
    place = f"/deployments/{asked.data['deploymentId']}"
    moved = acme.post(f"{place}/advance", {"seen": "Requested"}, If_Match=asked["ETag"])
    assert moved.data["status"] == "Provisioning"
    cart = {"services": [{"moduleId": "cart", "replicas": 4, "maxReplicas": 4}]}
    early = acme.post(f"{place}/roll-out", cart, If_Match=moved["ETag"])
    problem(early, "conflict")
    for _ in ("Configuring", "RollingOut"):
        moved = acme.post(f"{place}/advance", {}, If_Match=moved["ETag"])
    done = acme.post(f"{place}/roll-out", cart, If_Match=moved["ETag"])
    assert done.data == {"new": [], "changed": ["cart"], "unchanged": []}, done.data
    again = acme.post(f"{place}/roll-out", cart, If_Match="*")
    assert again.data["unchanged"] == ["cart"]
    unknown = acme.post(f"{place}/roll-out", {"services": [{"moduleId": "other"}]}, If_Match="*")
    first = problem(unknown, "invalid")["errors"][0]
    assert (first["index"], first["field"]) == (0, "image")
    moved = acme.get(place)
    failed = acme.post(f"{place}/fail", {"reason": "x"}, If_Match=moved["ETag"])
    assert failed.data["status"] == "Failed"
    problem(acme.post(f"{place}/advance", {}, If_Match="*"), "conflict")


def test_a_policy_is_changed(acme: Caller, world: World) -> None:
    here = world.acme.environments["shared"]
    one = acme.get(f"/scaling-policies?environmentId={here}").data["results"][0]
    path = f"/scaling-policies/{one['scalingPolicyId']}"
    changed = acme.patch(path, {"maxReplicas": 9}, If_Match=acme.get(path)["ETag"])
    assert changed.data["maxReplicas"] == 9, changed.data
    assert changed.data["minReplicas"] == one["minReplicas"]


def test_environments_show_no_owner(acme: Caller) -> None:
    rows = acme.get("/environments").data["results"]
    assert {one["tenantId"] for one in rows} == {"acme"}
    assert "globex" not in json.dumps(acme.get("/tenant-bindings").data)
