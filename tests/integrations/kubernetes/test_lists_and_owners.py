"""What `kubectl get -o json` and Helm write around and between the objects."""

from typing import Any

import pytest

from apps.integrations.kubernetes.records import Source
from apps.integrations.kubernetes.release import read_release

from .manifests import items, reasons, release, workload


def owned(kind: str, name: str, owner: str, version: str = "apps/v1") -> dict[str, Any]:
    reference = {"apiVersion": version, "kind": owner, "name": "api", "controller": True}
    one = workload(name, kind, metadata={"ownerReferences": [reference]})
    return one | {"apiVersion": "v1"} if kind == "Pod" else one


def test_lists_are_unfolded_lists_in_lists_too() -> None:
    found = release(items(items(workload("a")), workload("b")))
    assert [one.module_id for one in found.services] == ["a", "b"]


def test_a_typed_list_gives_its_items_the_kind_that_they_omit() -> None:
    bare = {key: value for key, value in workload().items() if key not in ("apiVersion", "kind")}
    found = release({"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [bare]})
    assert [one.module_id for one in found.services] == ["api"]


def test_an_empty_list_and_empty_documents_are_nothing() -> None:
    text = "---\n# Source: chart/templates/none.yaml\n---\n---\n{}\n---\nnull\n---\n"
    for found in (release(text), release(items()), release("")):
        assert (found.services, found.not_understood, found.secret_refs) == ((), (), ())
        assert found.configuration == {"services": {}, "configMaps": {}}


def test_documents_are_counted_with_the_empty_ones() -> None:
    found = release("---\n# nothing\n---\n---\nkind: Mystery\nmetadata: {name: x}\n")
    (odd,) = found.not_understood
    assert (odd.file, odd.document, odd.kind, odd.name) == ("1.yaml", 3, "Mystery", "x")


def test_json_after_json_is_several_documents() -> None:
    found = release('{"kind": "A"}\n{"kind": "B"}')
    assert [(one.document, one.kind) for one in found.not_understood] == [(1, "A"), (2, "B")]


def test_yaml_that_begins_like_json_is_read() -> None:
    assert [one.kind for one in release("{kind: A}\n---\nkind: B\n").not_understood] == ["A", "B"]


@pytest.mark.parametrize(
    ("kind", "owner", "version"),
    [
        ("ReplicaSet", "Deployment", "apps/v1"),
        ("ReplicaSet", "Deployment", "extensions/v1beta1"),
        ("Pod", "ReplicaSet", "apps/v1"),
        ("Pod", "DaemonSet", "apps/v1"),
        ("Job", "CronJob", "batch/v1"),
    ],
)
def test_what_a_controller_made_is_no_service_of_its_own(
    kind: str, owner: str, version: str
) -> None:
    found = release(items(workload(), owned(kind, "api-7f9c", owner, version)))
    assert [one.module_id for one in found.services] == ["api"]
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("kind", "owner", "version"),
    [("ReplicaSet", "Rollout", "argoproj.io/v1alpha1"), ("Job", "ScaledJob", "keda.sh/v1alpha1")],
)
def test_what_an_unknown_controller_made_is_listed(kind: str, owner: str, version: str) -> None:
    found = release(owned(kind, "api-7f9c", owner, version))
    assert found.services == ()
    assert reasons(found) == [("api-7f9c", f"Its owner is a {owner}, which is not understood.")]


def test_a_stateful_set_of_an_operator_is_a_service() -> None:
    found = release(owned("StatefulSet", "db", "PostgresCluster", "example.com/v1"))
    assert [one.module_id for one in found.services] == ["db"]


def test_a_pod_without_a_controller_is_listed() -> None:
    found = release({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug"}})
    assert reasons(found) == [
        ("debug", "It is a pod without a controller: nothing keeps it running.")
    ]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        *(("v1", "Namespace"), ("v1", "ServiceAccount"), ("v1", "PersistentVolumeClaim")),
        *(("policy/v1", "PodDisruptionBudget"), ("policy/v1beta1", "PodDisruptionBudget")),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
    ],
)
def test_what_no_release_needs_is_passed_over(version: str, kind: str) -> None:
    found = release({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}})
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        *(("keda.sh/v1alpha1", "ScaledObject"), ("serving.knative.dev/v1", "Service")),
        *(("apps/v9", "Deployment"), ("example.com/v1", "Namespace"), ("", "Deployment")),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ],
)
def test_what_is_not_understood_is_listed(version: str, kind: str) -> None:
    found = release({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}})
    (odd,) = found.not_understood
    assert (odd.kind, odd.name) == (kind, "x")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text", "replicas: 3\n"])
def test_a_document_that_is_no_object_is_listed(text: str) -> None:
    (odd,) = release(text).not_understood
    assert "not a Kubernetes object" in odd.reason


def test_the_order_of_files_does_not_change_the_result() -> None:
    files = [Source("b.yaml", b"kind: B"), Source("a.yaml", b"kind: A")]
    one, other = (read_release(order, vault="acme") for order in (files, files[::-1]))
    assert one == other
