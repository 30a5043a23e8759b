"""The comparison itself, on plain values: what is a difference and what is none."""

from dataclasses import replace
from typing import Any

import pytest

from apps.drift_findings.compare import compare
from apps.drift_findings.compare_records import LONGEST_PATH, Scale, State, Workload, pointer

API = Workload("api", "registry.test/api:1.0", "1.0", 2)
SCALE = Scale("cpu", 2, 10, 80)
DIGEST = "sha256:" + "a1" * 32


def state(*workloads: Workload, services: Any = None, **more: Any) -> State:
    configuration = {"services": services} if services is not None else {}
    given = more.pop("configuration", configuration)
    return State({one.module_id: one for one in workloads}, given, **more)


def found(desired: State, observed: State) -> list[tuple[str, str, Any, Any]]:
    return [(d.kind, d.path, d.desired, d.observed) for d in compare(desired, observed)]


def changes(wanted: Workload, **seen: Any) -> list[tuple[str, str, Any, Any]]:
    return found(state(wanted), state(replace(wanted, **seen)))


def test_the_same_is_no_difference() -> None:
    assert changes(API) == []


def test_what_is_not_there_is_missing_and_what_should_not_be_is_unexpected() -> None:
    facts = {"image": "registry.test/api:1.0", "version": "1.0", "replicas": 2}
    assert found(state(API), state()) == [("missing", "/services/api", facts, None)]
    assert found(state(), state(API)) == [("unexpected", "/services/api", None, facts)]


def test_another_image_is_one_difference_and_says_its_version_itself() -> None:
    image = "registry.test/api:1.1"
    assert changes(API, image=image, version="1.1") == [
        ("image", "/services/api/image", "registry.test/api:1.0", image)
    ]


def test_a_version_of_its_own_is_held_against_what_the_image_says() -> None:
    labelled = replace(API, version="2.0")
    assert changes(labelled, version="1.0") == [("version", "/services/api/version", "2.0", "1.0")]


def test_a_digest_says_no_version() -> None:
    pinned = replace(API, image=f"registry.test/api@{DIGEST}", version="2.0")
    assert changes(pinned, version="sha256:a1a1a1a1a1a1") == []


def test_replicas_are_compared_where_nothing_governs_them() -> None:
    assert changes(API, replicas=3) == [("replicas", "/services/api/replicas", 2, 3)]


@pytest.mark.parametrize("replicas", [2, 5, 10])
def test_within_an_autoscalers_bounds_any_number_is_right(replicas: int) -> None:
    assert changes(replace(API, scale=SCALE), replicas=replicas) == []


@pytest.mark.parametrize("replicas", [0, 1, 11])
def test_beyond_them_it_is_not(replicas: int) -> None:
    [(kind, _, desired, observed)] = changes(
        replace(API, scale=SCALE, replicas=4), replicas=replicas
    )
    assert (kind, desired, observed) == ("replicas", 4, replicas)


def test_how_many_of_a_daemon_set_there_are_is_the_clusters_to_say() -> None:
    assert changes(API, replicas=40, counted=False) == []


def test_bounds_that_differ_are_told_one_by_one() -> None:
    scaled = replace(API, scale=SCALE)
    assert changes(scaled, scale=Scale("memory", 2, 20, 80)) == [
        ("scaling", "/services/api/scaling/metric", "cpu", "memory"),
        ("scaling", "/services/api/scaling/maxReplicas", 10, 20),
    ]


def test_an_amount_is_no_percentage() -> None:
    scaled = replace(API, scale=Scale("requests", 2, 10, 80))
    assert changes(scaled, scale=Scale("requests", 2, 10, 100)) == []


def test_an_autoscaler_that_has_gone_is_told_unless_one_could_not_be_read() -> None:
    scaled, plain = replace(API, scale=SCALE), replace(API)
    assert {kind for kind, *_ in found(state(scaled), state(plain))} == {"scaling"}
    assert found(state(scaled), state(plain, autoscalers_unread=True)) == []


def test_what_is_stopped_may_be_gone_or_at_rest_and_not_at_work() -> None:
    stopped = replace(API, stopped=True)
    assert found(state(stopped), state()) == []
    assert changes(stopped, replicas=0) == []
    assert changes(stopped, replicas=2) == [("replicas", "/services/api/replicas", 0, 2)]


def test_what_could_not_be_read_is_neither_missing_nor_in_line() -> None:
    assert found(state(API), state(unread={"api": "odd"})) == []


def _configured(desired: Any, observed: Any, **more: Any) -> list[tuple[str, str, Any, Any]]:
    return found(
        state(API, services={"api": desired}), state(API, services={"api": observed}, **more)
    )


def test_configuration_is_compared_leaf_by_leaf() -> None:
    desired = {"env": {"A": "1", "B": "2", "GONE": "x"}, "args": ["-v"]}
    observed = {"env": {"A": "1", "B": "3", "NEW": "y"}, "args": ["-v", "-q"]}
    assert _configured(desired, observed) == [
        ("configuration", "/services/api/args", ["-v"], ["-v", "-q"]),
        ("configuration", "/services/api/env/B", "2", "3"),
        ("configuration", "/services/api/env/GONE", "x", None),
        ("configuration", "/services/api/env/NEW", None, "y"),
    ]


@pytest.mark.parametrize("nothing", [{}, {"env": {}}, {"env": None}, {"env": {"A": ""}}, None])
def test_absent_null_empty_and_default_are_equal(nothing: Any) -> None:
    empty = {"env": {"A": None}, "ports": [], "resources": {"limits": {}}, "suspend": False}
    assert _configured(empty, nothing) == []
    assert _configured(nothing, empty) == []


def test_ports_are_told_apart_by_number_and_protocol_in_any_order() -> None:
    http, dns = {"containerPort": 80}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}
    told = {"containerPort": 80, "protocol": "TCP", "name": ""}
    assert _configured({"ports": [http, dns]}, {"ports": [dns, told]}) == []
    assert _configured({"ports": [http]}, {"ports": [http, dns]}) == [
        ("configuration", "/services/api/ports/53-UDP", None, dns)
    ]


def test_quantities_and_images_within_are_compared_by_value() -> None:
    desired = {
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
        "sidecars": {"log": {"image": "busybox"}},
    }
    observed = {
        "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi"}},
        "sidecars": {"log": {"image": "docker.io/library/busybox:latest"}},
    }
    assert _configured(desired, observed) == []
    # A variable of such a name is text all the same.
    assert len(_configured({"env": {"cpu": "500m"}}, {"env": {"cpu": "0.5"}})) == 1


def test_what_was_left_out_by_the_reader_has_not_gone() -> None:
    assert _configured({"env": {"A": "1"}}, {}, partly_read=frozenset({"api"})) == []


def test_only_what_the_payload_speaks_of_is_compared() -> None:
    told = state(API, configuration={"features": {"x": True}})
    observed = state(
        API,
        configuration={"services": {"api": {"env": {"A": "1"}}}, "configMaps": {"m": {"a": "1"}}},
    )
    assert found(told, observed) == []


def test_a_config_map_is_a_thing_without_a_service() -> None:
    desired = state(configuration={"configMaps": {"web": {"nginx.conf": "a", "b/c~d": "x"}}})
    observed = state(configuration={"configMaps": {"web": {"nginx.conf": "b"}}})
    assert found(desired, observed) == [
        ("configuration", "/configMaps/web/b~1c~0d", "x", None),
        ("configuration", "/configMaps/web/nginx.conf", "a", "b"),
    ]


def test_the_same_difference_has_the_same_identity_whatever_its_values() -> None:
    [one], [another] = (compare(state(API), state(replace(API, replicas=n))) for n in (5, 6))
    assert one.identity == another.identity
    assert one.identity != compare(state(API), state())[0].identity


def test_a_path_has_an_end() -> None:
    one, another = (pointer(["services", "api", "env", "X" * 5000 + end]) for end in "ab")
    assert len(one) <= LONGEST_PATH
    assert one != another
