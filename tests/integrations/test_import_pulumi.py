"""Importing the state of a Pulumi stack, through the command."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.core.errors import Invalid
from apps.core.models import AuditEntry
from apps.environments.models import RuntimeEnvironment
from apps.integrations.kubernetes.records import Source, UnreadableManifest
from apps.integrations.operations import import_kubernetes, import_pulumi
from apps.integrations.pulumi.checkpoint import SIGNATURE
from apps.integrations.pulumi.release import StackRelease, read_stack
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.doors import in_new_environment
from tests.integrations.test_import_kubernetes import _every_text
from tests.world import OPERATOR, TestTenant, World

KIND = "1b47061264138c4ac30d75fd1eb44270"
SHOWN = {SIGNATURE: KIND, "plaintext": '"hunter2-shown"'}
SEALED = {SIGNATURE: KIND, "ciphertext": "AAABAHunter2sealed=="}
ASSET = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "a1", "path": "x.zip"}


def resource(type: str, name: str, inputs: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::shop::{type}::{name}", "custom": True, "type": type,
        "inputs": inputs or {}, "outputs": {}, **more,
    }  # fmt: skip


def stack(*resources: Any, version: Any = 3, **more: Any) -> bytes:
    own = resource("pulumi:pulumi:Stack", "shop-prod", custom=False)
    deployment = {"manifest": {}, "resources": [own, *resources], **more}
    return json.dumps({"version": version, "deployment": deployment}).encode()


def deployment(name: str, *, env: Any = (), image: Any = "r.test/api:1.2") -> dict[str, Any]:
    container = {"name": name, "image": image, "env": list(env), "ports": [{"containerPort": 80.0}]}
    spec = {"replicas": 2.0, "template": {"spec": {"containers": [container]}}}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}}
    return resource("kubernetes:apps/v1:Deployment", f"{name}-res", body | {"spec": spec})


def container_app(**inputs: Any) -> dict[str, Any]:
    given = {
        "containerAppName": "Cart",
        "configuration": {"ingress": {"external": True, "targetPort": 8080}},
        "template": {
            "containers": [
                {"name": "cart", "image": "r.azurecr.io/cart:2.0",
                 "env": [{"name": "KEY", "secretRef": "api-key"}, {"name": "DB", "value": SEALED},
                         {"name": "MODE", "value": "fast"}],
                 "resources": {"cpu": 0.25, "memory": "0.5Gi"}},
                {"name": "log", "image": "r.azurecr.io/log:1"},
            ],
            "scale": {"minReplicas": 0, "maxReplicas": 4,
                      "rules": [{"name": "h", "http": {"metadata": {"concurrentRequests": "9"}}}]},
        },
        **inputs,
    }  # fmt: skip
    outputs = {
        "configuration": {"ingress": {"fqdn": "cart.happy.westeurope.azurecontainerapps.io"}}
    }
    return resource("azure-native:app/v20230501:ContainerApp", "cart", given, outputs=outputs)


def web_app(name: str, linux: str, kind: str = "app,linux") -> dict[str, Any]:
    site = {"linuxFxVersion": linux, "appSettings": [{"name": "DB_PASSWORD", "value": SHOWN}]}
    return resource(
        "azure-native:web:WebApp", name, {"name": name, "kind": kind, "siteConfig": site},
        outputs={"defaultHostName": f"{name}.azurewebsites.net"},
    )  # fmt: skip


CLASSIC = (
    resource(
        "azure:containerapp/app:App", "pay",
        {"name": "pay", "template": {
            "containers": [{"name": "pay", "image": "r.test/pay:3", "cpu": 0.5, "memory": "1Gi",
                            "envs": [{"name": "T", "secretName": "token"}], "__defaults": []}],
            "minReplicas": 1, "maxReplicas": 3}},
        outputs={"ingress": {"fqdn": "pay.test"}},
    ),
    resource(
        "azure:appservice/linuxWebApp:LinuxWebApp", "site",
        {"name": "site", "appSettings": {"A": "1", "__defaults": []}, "siteConfig": {
            "applicationStack": {"dockerImageName": "site:7",
                                 "dockerRegistryUrl": "https://r.test"}}},
        outputs={"defaultHostname": "site.azurewebsites.net"},
    ),
    resource(
        "azure:appservice/linuxFunctionApp:LinuxFunctionApp", "mail",
        {"name": "mail", "siteConfig": {"applicationStack": {"pythonVersion": "3.11"}}},
    ),
)  # fmt: skip


def read(data: bytes) -> StackRelease:
    return read_stack(Source("stack.json", data), vault="acme")


def services(data: bytes) -> dict[str, Any]:
    return {one.module_id: one for one in read(data).release.services}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_kubernetes_resources_of_every_version_are_services(version: int) -> None:
    found = read(stack(deployment("api"), version=version))
    [api] = found.release.services
    assert (api.module_id, api.image, api.replicas) == ("api", "r.test/api:1.2", 2)
    assert (api.compute_target, found.reference) == ("kubernetes", "shop/prod")
    assert found.release.not_understood == ()


def test_a_checkpoint_file_is_read_as_an_export_is() -> None:
    exported = json.loads(stack(deployment("api")))
    latest = {"stack": "acme/shop/prod", "latest": exported["deployment"]}
    checkpoint = json.dumps({"version": 3, "checkpoint": latest}).encode()
    assert read(checkpoint) == read(stack(deployment("api")))


def test_azure_native_and_classic_apps_are_services() -> None:
    found = services(
        stack(
            container_app(), *CLASSIC, web_app("shop", "DOCKER|r.test/shop:5"),
            web_app("job", "NODE|18-LTS", "functionapp,linux"),
        )
    )  # fmt: skip
    told = {
        name: (s.compute_target, s.image, s.version, s.endpoint_url) for name, s in found.items()
    }
    host = "cart.happy.westeurope.azurecontainerapps.io"
    assert told == {
        "cart": ("container-apps", "r.azurecr.io/cart:2.0", "2.0", f"https://{host}"),
        "pay": ("container-apps", "r.test/pay:3", "3", "https://pay.test"),
        "site": ("app-service", "r.test/site:7", "7", "https://site.azurewebsites.net"),
        "mail": ("functions", "python:3.11", "3.11", ""),
        "shop": ("app-service", "r.test/shop:5", "5", "https://shop.azurewebsites.net"),
        "job": ("functions", "node:18-lts", "18-lts", "https://job.azurewebsites.net"),
    }
    cart, pay = found["cart"], found["pay"]
    assert (cart.replicas, cart.scaling.min_replicas, cart.scaling.max_replicas) == (1, 0, 4)
    assert (cart.scaling.metric, pay.scaling.max_replicas) == ("requests", 3)


def test_a_cpu_rule_has_its_percentage_and_a_queue_is_a_queue() -> None:
    def scaled(rule: dict[str, Any]) -> tuple[str, int]:
        scale = {"minReplicas": 1, "maxReplicas": 4, "rules": [rule]}
        template = {"containers": [{"name": "c", "image": "r.test/c:1"}], "scale": scale}
        scaling = services(stack(container_app(template=template)))["cart"].scaling
        return scaling.metric, scaling.target_utilization_percent

    cpu = {"custom": {"type": "cpu", "metadata": {"type": "Utilization", "value": "65"}}}
    assert scaled(cpu) == ("cpu", 65)
    assert scaled({"custom": {"type": "azure-servicebus"}}) == ("queue-length", 100)


def test_every_secret_is_a_reference_and_no_part_of_it_stays() -> None:
    env = [{"name": "HARMLESS", "value": SEALED}, {"name": "PLAIN", "value": SHOWN}]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
              "data": {"a": SEALED}, "stringData": SHOWN}  # fmt: skip
    map_ = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"},
            "data": {"colour": SHOWN, "shape": "round"}}  # fmt: skip
    found = read(
        stack(
            deployment("api", env=env), container_app(), web_app("shop", "DOCKER|r.test/shop:5"),
            resource("kubernetes:core/v1:Secret", "s", secret),
            resource("kubernetes:core/v1:ConfigMap", "m", map_),
            resource("random:index/randomPassword:RandomPassword", "p", {"x": 1},
                     outputs={"result": SHOWN}),
            resource("kubernetes:apps/v1:Deployment", "all", SEALED),
        )
    )  # fmt: skip
    everything = repr(found).lower()
    for leak in ("hunter2", "ciphertext", "plaintext", SIGNATURE):
        assert leak not in everything
    configuration = found.release.configuration
    api, cart = (configuration["services"][name]["env"] for name in ("api", "cart"))
    assert api["HARMLESS"] == {"secretRef": "kv://acme/api-harmless"}
    assert api["PLAIN"] == {"secretRef": "kv://acme/api-plain"}
    assert cart["KEY"] == {"secretRef": "kv://acme/cart-api-key"}
    assert cart["MODE"] == "fast"
    assert configuration["configMaps"]["m"]["shape"] == "round"
    assert set(configuration["configMaps"]["m"]["colour"]) == {"secretRef"}


def test_what_is_no_service_is_listed_and_what_is_pulumis_own_is_not() -> None:
    chart = resource("kubernetes:helm.sh/v3:Chart", "chart", custom=False)
    provider = resource("pulumi:providers:kubernetes", "k8s")
    going = deployment("old") | {"delete": True}
    read_only = deployment("theirs") | {"external": True}
    bucket = resource("azure-native:storage:StorageAccount", "files", {"asset": ASSET})
    pending = [{"resource": deployment("half"), "type": "creating"}]
    found = read(
        stack(chart, provider, going, read_only, bucket, deployment("api"),
              web_app("win", ""), pending_operations=pending)
    )  # fmt: skip
    assert [one.module_id for one in found.release.services] == ["api"]
    told = {(i.document, i.kind.rpartition(":")[2], i.name) for i in found.release.not_understood}
    assert told == {
        (5, "Deployment", "theirs-res"), (6, "StorageAccount", "files"), (8, "WebApp", "win"),
        (9, "Deployment", "half-res"),
    }  # fmt: skip
    assert "creating" in str(found.release.not_understood)


HOSTILE = {
    "no JSON": b"{",
    "two values": stack() + stack(),
    "a list": b"[]",
    "another version": stack(version=4),
    "a version that is true": stack(version=True),
    "no version": b'{"deployment": {"resources": []}}',
    "no deployment": b'{"version": 3}',
    "resources that are no list": b'{"version": 3, "deployment": {"resources": {"a": 1}}}',
    "no URN": stack({"urn": "x", "type": "y"}),
    "a resource that is null": stack(None),
    "two stacks": stack({"urn": "urn:pulumi:a::b::c:d:E::f", "type": "c:d:E"}),
    "too deep": b'{"version": 3, "deployment": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "NUL": stack(deployment("a\0b")),
    "too large": b" " * (32 * 1024 * 1024 + 1),
    "too many values": b'{"version": 3, "deployment": {"resources": ['
    + b"1," * 1_000_001
    + b"1]}}",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_refused_with_the_file_and_not_quoted(data: bytes) -> None:
    with pytest.raises(UnreadableManifest) as refused:
        read(data)
    assert str(refused.value).startswith("stack.json")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "inputs",
    [{"template": "x"}, {"template": {"containers": [1]}}, {"template": {"containers": []}},
     {"template": SEALED}, {"configuration": {"ingress": 5}},
     {"template": {"containers": [{"name": 5, "image": ["a"]}]}},
     {"template": {"containers": [{"name": "c", "image": SHOWN}]}},
     {"template": {"containers": [{"name": "c", "image": "r.test/c:1"}],
                   "scale": {"maxReplicas": "many"}}}],
)  # fmt: skip
def test_an_app_of_the_wrong_shape_is_listed_and_nothing_breaks(inputs: dict[str, Any]) -> None:
    found = read(stack(container_app(**inputs)))
    assert found.release.services == ()
    assert {i.kind for i in found.release.not_understood} == {
        "azure-native:app/v20230501:ContainerApp"
    }
    assert found.unread


def test_the_same_of_a_stack_and_of_manifests_is_the_same_service(
    world: World, rolled_back: None
) -> None:
    body = deployment("api")["inputs"]
    with in_new_environment(world):
        import_kubernetes(
            sources=[Source("m.json", json.dumps(body).replace(".0", "").encode())], release_ref="r"
        )
        imported, _ = import_pulumi(source=Source("s", stack(deployment("api"))), release_ref="r")
        assert not imported.changed


def test_a_live_service_that_is_not_understood_any_more_has_not_gone(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        source = Source("s", stack(container_app(), deployment("api")))
        import_pulumi(source=source, release_ref="1")
        broken = container_app(template={"containers": []})
        with pytest.raises(Invalid, match="cart"):
            import_pulumi(source=Source("s", stack(broken, deployment("api"))), release_ref="2")
        assert RuntimeService.objects.exclude(status="Retired").filter(module_id="cart").exists()


@pytest.fixture
def acme(fresh: Callable[[], World]) -> TestTenant:
    return fresh().acme


def test_the_command_imports_once_and_names_the_stack_where_the_tenant_owns_it(
    acme: TestTenant, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "stack.json"
    file.write_bytes(stack(deployment("api", env=[{"name": "A", "value": SHOWN}]), container_app()))

    def run(model: str, name: str = str(file)) -> tuple[int, Any]:
        capsys.readouterr()
        given = {"tenant": acme.slug, "environment": str(acme.environments[model])}
        try:
            call_command("import_pulumi", name, **given, format="json")
        except SystemExit as stopped:
            return int(stopped.code or 0), json.loads(capsys.readouterr().out)
        return 0, json.loads(capsys.readouterr().out)

    def counts() -> tuple[int, ...]:
        with enter_tenant(acme.slug, actor=OPERATOR, environment_id=acme.environments["silo"]):
            return (
                RuntimeConfiguration.objects.count(), ScalingPolicy.objects.count(),
                AuditEntry.objects.filter(tenant_id=acme.slug).count(),
            )  # fmt: skip

    def references() -> list[str]:
        with door.using("owner"), enter_platform(actor=OPERATOR):
            rows = RuntimeEnvironment.objects
            return [rows.get(id=acme.environments[m]).pulumi_stack_ref for m in ("silo", "pool")]

    code, first = run("silo")
    # Its cart is there already, and its web has no resource in the stack.
    assert first["services"] == {"created": 1, "updated": 1, "unchanged": 0, "retired": 1}
    assert (code, first["notUnderstood"]) == (0, [])
    before = counts()
    code, again = run("silo")
    assert (code, again["services"]) == (
        0, {"created": 0, "updated": 0, "unchanged": 2, "retired": 0},
    )  # fmt: skip
    assert again["deploymentId"] == first["deploymentId"]
    assert counts() == before
    assert run("pool")[0] == 0
    assert references() == ["shop/prod", ""]
    stored = _every_text(acme.schema("silo")) + _every_text("public")
    assert "hunter2" not in stored.lower()
    assert "kv://" in stored
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    code, said = run("silo", "-")
    assert (code, counts()) == (1, before)
    assert said["error"].startswith("-")
