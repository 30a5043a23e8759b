from typing import Any

import pytest

from apps.integrations.kubernetes.records import Scaling

from .manifests import autoscaler, items, reasons, release, service, workload

UNCHANGED = Scaling("cpu", 3, 3, 80)


def scaled(*autoscalers: dict[str, Any]) -> tuple[Scaling, list[str]]:
    found = release(items(workload(spec={"replicas": 3}), *autoscalers))
    return service(found, "api").scaling, [reason for _, reason in reasons(found)]


def resource(name: str, **target: Any) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": name} | target}


def pods(name: str) -> dict[str, Any]:
    return {"type": "Pods", "pods": {"metric": {"name": name}, "target": {"averageValue": "10"}}}


NEW = {"target": {"type": "Utilization", "averageUtilization": 60}}


@pytest.mark.parametrize(
    ("version", "spec", "expected"),
    [
        ("autoscaling/v1", {"targetCPUUtilizationPercentage": 60}, Scaling("cpu", 2, 5, 60)),
        ("autoscaling/v1", {}, Scaling("cpu", 2, 5, 80)),
        ("autoscaling/v1", {"minReplicas": None}, Scaling("cpu", 1, 5, 80)),
        ("autoscaling/v2", {"minReplicas": 0}, Scaling("cpu", 0, 5, 80)),
        (
            "autoscaling/v2beta1",
            {"metrics": [resource("cpu", targetAverageUtilization=60)]},
            Scaling("cpu", 2, 5, 60),
        ),
        (
            "autoscaling/v2beta2",
            {"metrics": [resource("memory", **NEW)]},
            Scaling("memory", 2, 5, 60),
        ),
        ("autoscaling/v2", {"metrics": [resource("cpu", **NEW)]}, Scaling("cpu", 2, 5, 60)),
    ],
)
def test_autoscalers_of_every_age_give_the_policy(
    version: str, spec: dict[str, Any], expected: Scaling
) -> None:
    assert scaled(autoscaler(version=version, **spec)) == (expected, [])


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        *(("http_requests_per_second", "requests"), ("requests-per-second", "requests")),
        *(("rabbitmq_queue_length", "queue-length"), ("queue_messages_ready", "queue-length")),
    ],
)
def test_a_metric_whose_name_says_it_plainly_is_taken(name: str, metric: str) -> None:
    scaling, told = scaled(autoscaler(metrics=[pods(name)]))
    assert (scaling.metric, scaling.min_replicas, scaling.max_replicas) == (metric, 2, 5)
    assert scaling.target_utilization_percent == 100
    assert told == [f"The amount that {name!r} is held at is left out."]


@pytest.mark.parametrize(
    "metric",
    [
        *(pods("packets"), pods("http_request_duration_seconds"), pods("http_requests_failed")),
        *(resource("nvidia.com/gpu", **NEW), resource("cpu", target={"averageValue": "500m"})),
        resource("cpu", target={"averageUtilization": 150}),
        {"type": "ContainerResource", "containerResource": {"name": "cpu"}},
    ],
)
def test_an_autoscaler_with_an_unclear_metric_changes_nothing(metric: dict[str, Any]) -> None:
    scaling, told = scaled(autoscaler(metrics=[metric]))
    assert scaling == UNCHANGED
    assert len(told) == 1


def test_of_several_metrics_the_others_are_listed() -> None:
    scaling, told = scaled(
        autoscaler(metrics=[pods("x"), resource("memory", **NEW), resource("cpu", **NEW)])
    )
    assert scaling == Scaling("cpu", 2, 5, 60)
    assert told == [
        "A policy has one metric: memory is left out.",
        "What the metric 'x' counts is not plain from its name.",
    ]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"maxReplicas": None}, "maxReplicas is missing."),
        ({"maxReplicas": 1}, "minReplicas is above maxReplicas."),
        ({"scaleTargetRef": {}}, "Its target without a kind '' was not read."),
        (
            {"scaleTargetRef": {"kind": "Deployment", "name": "apis"}},
            "Its target Deployment 'apis' was not read.",
        ),
        (
            {"scaleTargetRef": {"kind": "StatefulSet", "name": "api"}},
            "Its target StatefulSet 'api' was not read.",
        ),
    ],
)
def test_an_autoscaler_without_target_or_sense_is_listed(spec: dict[str, Any], reason: str) -> None:
    scaling, told = scaled(autoscaler(**spec))
    assert scaling == UNCHANGED
    assert told == [reason]


def test_a_target_in_another_namespace_is_not_its_target() -> None:
    elsewhere = autoscaler()
    elsewhere["metadata"]["namespace"] = "other"
    scaling, told = scaled(elsewhere)
    assert scaling == UNCHANGED
    assert told == ["Its target Deployment 'other/api' was not read."]


def test_a_second_autoscaler_of_a_target_is_listed() -> None:
    scaling, told = scaled(autoscaler(), autoscaler(maxReplicas=50))
    assert scaling.max_replicas == 5
    assert told == ["Its target has an autoscaler already."]


def test_metrics_that_an_old_server_hid_in_an_annotation_are_listed() -> None:
    hidden = autoscaler(version="autoscaling/v1")
    hidden["metadata"]["annotations"] = {"autoscaling.alpha.kubernetes.io/metrics": "[]"}
    assert scaled(hidden) == (UNCHANGED, ["It has metrics in an annotation."])
