"""What goes out is what the published schemas of Kubernetes take, and comes in as what it was."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from apps.core.errors import NotFound
from apps.integrations.exports import export_manifests
from apps.integrations.kubernetes.records import Source
from apps.integrations.manifests.autoscalers import autoscaler
from apps.integrations.manifests.names import label_value, namespace_name, object_name
from apps.integrations.manifests.placement import namespace_of, placement_manifests
from apps.integrations.manifests.records import Placement, Scaled
from apps.integrations.manifests.yaml_writer import write_yaml
from apps.integrations.operations import import_kubernetes
from apps.scaling_policies.operations import Bounds
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.operations import change_quota, suspend_binding
from tests.core.doors import in_new_environment, inside, on_platform
from tests.integrations.data import boutique_in_order, published
from tests.integrations.schemas import strictly
from tests.world import OPERATOR, World

SLUG = "a" + "b" * 38 + "c"
HERE = Placement(
    "acme", "01890000-0000-7000-8000-000000000000", "prod", "shop", "prod", "westeurope", "pool",
    "net-01890000-0000-7000-8000-000000000000-acme", "common-westeurope-prod",
)  # fmt: skip
PUBLISHED = ("online-boutique", "aks-store", "sock-shop")


def by_kind(documents: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        found.setdefault(document["kind"], []).append(document)
    return found


def test_the_validator_refuses_a_field_that_is_unknown() -> None:
    wrong = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nspec: {colour: blue}\n"
    with pytest.raises(ValidationError):
        strictly(wrong)


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_every_isolation_model_gives_what_kubernetes_takes(
    world: World, rolled_back: None, model: str
) -> None:
    with inside(world.acme, model, writing=False):
        exported = export_manifests()
    found = by_kind(strictly(exported.as_yaml()))
    counts = {kind: len(several) for kind, several in found.items()}
    assert counts == {
        "Namespace": 1, "ResourceQuota": 1, "LimitRange": 1, "NetworkPolicy": 3,
        "HorizontalPodAutoscaler": 2,
    }  # fmt: skip
    [namespace] = found["Namespace"]
    environment = world.acme.environments[model]
    partition = {
        "silo": f"net-{environment}", "pool": f"net-{environment}-acme",
        "shared": f"net-{environment}-shared",
    }[model]  # fmt: skip
    assert namespace["metadata"]["labels"]["runtime-portal/network-partition"] == partition
    assert {d["metadata"]["namespace"] for d in exported.manifests[1:]} == {
        namespace["metadata"]["name"]
    }


def test_of_an_unlimited_binding_the_quota_limits_nothing_and_lifts_what_was(
    world: World, rolled_back: None
) -> None:
    with inside(world.acme, "pool", writing=False):
        unlimited = by_kind(strictly(export_manifests().as_yaml()))
    assert unlimited["ResourceQuota"][0]["spec"] == {"hard": {}}
    with on_platform(world):
        change_quota(
            world.acme.bindings["pool"],
            quota={"computeReplicas": 9, "storageGiB": 5, "throughputRps": 7},
        )
    with inside(world.acme, "pool", writing=False):
        [quota] = by_kind(strictly(export_manifests().as_yaml()))["ResourceQuota"]
    assert quota["spec"] == {"hard": {"pods": "9", "requests.storage": "5Gi"}}
    assert quota["metadata"]["annotations"] == {"runtime-portal/throughput-rps": "7"}


def test_two_tenants_of_one_shared_environment_have_namespaces_of_their_own_in_one_network(
    world: World, rolled_back: None
) -> None:
    namespaces = []
    for tenant in (world.acme, world.globex):
        with inside(tenant, "shared", writing=False):
            namespaces.append(export_manifests().manifests[0]["metadata"])
    acme, globex = namespaces
    assert acme["name"] != globex["name"]
    label = "runtime-portal/network-partition"
    assert acme["labels"][label] == globex["labels"][label]
    assert "globex" not in str(acme)


def test_nothing_comes_in_or_out_but_of_the_network_partition() -> None:
    policies = {
        one["metadata"]["name"]: one["spec"]
        for one in placement_manifests(HERE)
        if one["kind"] == "NetworkPolicy"
    }
    deny = policies["default-deny"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    [rule] = policies["network-partition"]["ingress"]
    selector = {"runtime-portal/network-partition": HERE.network_partition}
    assert rule == {"from": [{"namespaceSelector": {"matchLabels": selector}}]}
    assert "ingress" not in policies["cluster-dns"]


@pytest.mark.parametrize(
    ("metric", "bounds"),
    [("cpu", (1, 5, 60)), ("memory", (2, 2, 100)), ("requests", (1, 9, 70)),
     ("queue-length", (0, 3, 1))],
)  # fmt: skip
def test_a_policy_comes_in_again_as_what_it_was(
    world: World, rolled_back: None, metric: str, bounds: tuple[int, int, int]
) -> None:
    with in_new_environment(world):
        spec = ServiceSpec(
            "api",
            "r.test/api:1",
            "1",
            max(bounds[0], 1),
            "microservice",
            bounds=Bounds(metric, *bounds),
        )
        create_services([spec])
        first = export_manifests().as_yaml()
        strictly(first)
        again = import_kubernetes(sources=_with_workload(first), release_ref="r1")
        assert again.not_understood == ()
        assert again.applied.unchanged == ["api"]
        assert export_manifests().as_yaml() == first


def _with_workload(export: str) -> list[Source]:
    """A cluster's own Deployment beside what was exported, in its namespace."""
    documents = list(yaml.safe_load_all(export))
    autoscaler = documents[-1]
    replicas = max(autoscaler["spec"]["minReplicas"], 1)
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": autoscaler["metadata"]["namespace"]},
        "spec": {
            "replicas": replicas,
            "template": {"spec": {"containers": [{"name": "api", "image": "r.test/api:1",
                                                  "ports": [{"containerPort": 80}]}]}},
        },
    }  # fmt: skip
    return [Source("all.yaml", f"{export}---\n{yaml.safe_dump(workload)}".encode())]


def _sets() -> Iterator[list[Path]]:
    for release in boutique_in_order():
        yield [release]
    for state in sorted(published("aks-store").glob("*.yaml")):
        yield [state]
    yield sorted(published("sock-shop").glob("*.yaml"))


def test_published_systems_go_in_and_out_and_the_second_time_the_bytes_are_the_same(
    world: World, rolled_back: None
) -> None:
    seen = 0
    for files in _sets():
        sources = [Source(file.name, file.read_bytes()) for file in files]
        with in_new_environment(world):
            imported = import_kubernetes(sources=sources, release_ref="r")
            first = export_manifests()
            text = first.as_yaml()
            autoscalers = by_kind(strictly(text))["HorizontalPodAutoscaler"]
            live = imported.applied.counts()["created"]
            assert len(autoscalers) + len(first.left_out) == live
            # With what was exported beside them, the same files change nothing.
            again = import_kubernetes(
                sources=[*sources, Source("zz-exported.yaml", text.encode())], release_ref="r"
            )
            assert not again.changed
            assert export_manifests().as_yaml() == text
            seen += 1
    assert seen == 18


def test_what_kubernetes_does_not_scale_is_told_and_left_out(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        create_services(
            [
                ServiceSpec("off", "r.test/off:1", "1", 0),
                ServiceSpec("fn\n---\nkind: Evil", "r.test/f:1", "1", 1,
                            compute_target="functions"),
            ]
        )  # fmt: skip
        exported = export_manifests()
    documents = strictly(exported.as_yaml())
    assert "HorizontalPodAutoscaler" not in by_kind(documents)
    assert [name for name, _ in exported.left_out] == ["fn\n---\nkind: Evil", "off"]
    assert "Evil" not in {d["kind"] for d in documents}


@given(st.text(min_size=1, max_size=300).filter(lambda text: "\x00" not in text))
def test_any_name_becomes_one_that_kubernetes_takes(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    for make, limit in ((object_name, 253), (namespace_name, 63), (label_value, 63)):
        made = make(name)
        assert made == make(name)
        assert made.isascii()
        assert 0 < len(made) <= limit
        assert made[0].isalnum()
        assert made[-1].isalnum()
    service = Scaled(name, "aks", "queue-length", 0, 3, 50)
    assert strictly_named(autoscaler(HERE, service)) == name


def strictly_named(manifest: dict[str, Any]) -> str:
    """Written and read again; the moduleId that it stands for."""
    read = yaml.safe_load(write_yaml([manifest]))
    assert read == manifest
    metadata = read["metadata"]
    return str(metadata["annotations"].get("runtime-portal/module-id", metadata["name"]))


@pytest.mark.parametrize("word", ["1e3", "on", "0x1f", "2026-01-01", "null", "NaN", "1_000", "012"])
def test_text_that_some_reader_takes_for_something_else_is_quoted(word: str) -> None:
    assert write_yaml([{"name": word}]) == f'---\nname: "{word}"\n'


def test_two_long_names_that_begin_alike_stay_two() -> None:
    first, second = ("x" * 300 + end for end in "ab")
    assert object_name(first) != object_name(second)
    assert object_name("a.b-c") == "a.b-c"


def test_the_longest_tenant_has_a_namespace() -> None:
    here = {**vars(HERE), "tenant_id": SLUG, "network_partition": f"net-{'e' * 36}-{SLUG}"}
    for model in ("pool", "shared"):
        placement = Placement(**{**here, "isolation_model": model})
        assert len(namespace_of(placement)) <= 63
        strictly(write_yaml(placement_manifests(placement)))


def test_a_suspended_binding_is_exported_and_anothers_environment_is_not_there(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        suspend_binding(world.acme.bindings["pool"])
    with inside(world.acme, "pool", writing=False):
        assert export_manifests().manifests
    theirs = world.globex.environments["silo"]
    with pytest.raises(NotFound), enter_tenant("acme", actor=OPERATOR, environment_id=theirs):
        export_manifests()


def test_the_command_prints_yaml_and_json(
    fresh: Callable[[], World], capsys: pytest.CaptureFixture[str]
) -> None:
    acme = fresh().acme
    given = {"tenant": acme.slug, "environment": str(acme.environments["shared"])}
    out = io.StringIO()
    call_command("export_manifests", **given, stdout=out)
    strictly(out.getvalue())
    call_command("export_manifests", **given, format="json")
    said = yaml.safe_load(capsys.readouterr().out)
    assert said["manifests"] == list(yaml.safe_load_all(out.getvalue()))
    assert said["leftOut"] == []
    with pytest.raises(SystemExit) as stopped:
        call_command(
            "export_manifests", tenant=acme.slug, environment="01890000-0000-7000-8000-000000000000"
        )
    assert stopped.value.code == 1
