"""The sets in the shared data folder. The counts were taken by hand, with grep."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from apps.core.secret_material import looks_secret
from apps.integrations.kubernetes.records import Release, Scaling, Source
from apps.integrations.kubernetes.release import read_release

from .manifests import SHARED, service, shared

BOUTIQUE = ["v0.6.0", "v0.7.0", "v0.8.0", "v0.8.1", "v0.9.0"]
BOUTIQUE += [f"v0.10.{patch}" for patch in range(7)]
STORE = {
    "2024-01-23": ("latest", "mongodb", 3),
    "2024-10-19": ("latest", "mongodb", 3),
    "2025-11-26": ("2.0.0", "mongodb", 3),
    "2025-12-02": ("2.1.0", "mongodb", 5),
    "2026-06-23": ("2.2.0", "documentdb", 7),
}
SOCKS = ["cart", "catalogue", "front-end", "orders", "payment", "queue-master", "shipping", "user"]
SOCK_SHOP = ["sock-shop/complete-demo.yaml", *(f"sock-shop/{name}-hsc.yaml" for name in SOCKS)]


@pytest.mark.parametrize("version", BOUTIQUE)
def test_each_release_of_the_boutique_has_twelve_services_of_its_version(version: str) -> None:
    found = shared(f"online-boutique/{version}.yaml")
    versions = {one.module_id: one.version for one in found.services}
    assert len(versions) == 12
    assert versions.pop("redis-cart") == "alpine"
    assert set(versions.values()) == {version}
    assert found.not_understood == ()
    assert found.secret_refs == ()


def test_the_boutique_is_typed_and_addressed() -> None:
    found = shared("online-boutique/v0.10.6.yaml")
    types = {one.module_id: one.component_type for one in found.services}
    assert types.pop("frontend") == "customer-portal"
    assert types.pop("loadgenerator") == "worker"
    assert types.pop("redis-cart") == "database"
    assert set(types.values()) == {"microservice"}
    assert service(found, "frontend").endpoint_url == "http://frontend"
    assert service(found, "adservice").endpoint_url == "grpc://adservice:9555"
    assert service(found, "redis-cart").endpoint_url == "tcp://redis-cart:6379"
    assert service(found, "loadgenerator").endpoint_url == ""
    check = found.configuration["services"]["loadgenerator"]["initContainers"]["frontend-check"]
    assert check["image"].startswith("busybox:1.38.0@sha256:fd8d9aa63ba2")


@pytest.mark.parametrize("state", STORE)
def test_each_state_of_the_pet_store_has_nine_services(state: str) -> None:
    version, database, references = STORE[state]
    found = shared(f"aks-store/{state}.yaml")
    types = {one.module_id: one.component_type for one in found.services}
    assert types == {
        database: "database",
        "makeline-service": "microservice",
        "order-service": "microservice",
        "product-service": "microservice",
        "rabbitmq": "queue",
        "store-admin": "admin-portal",
        "store-front": "customer-portal",
        "virtual-customer": "worker",
        "virtual-worker": "worker",
    }
    assert service(found, "store-front").version == version
    assert found.not_understood == ()
    assert len(found.secret_refs) == references


@pytest.mark.parametrize("state", STORE)
def test_no_secret_of_the_pet_store_gets_into_its_release(state: str) -> None:
    found = shared(f"aks-store/{state}.yaml")
    written = json.dumps(found.configuration) + json.dumps(found.secret_refs)
    # The Secret objects' data, and the password as a whole value: as a word it is in key names.
    for secret in ("dXNlcm5hbWU", "cGFzc3dvcmQ", '"password"'):
        assert secret not in written
    env = found.configuration["services"]["makeline-service"]["env"]
    assert env["ORDER_QUEUE_PASSWORD"] == {
        "secretRef": "kv://acme/makeline-service-order-queue-password"
    }


def test_a_password_among_the_arguments_becomes_a_reference() -> None:
    found = shared("aks-store/2026-06-23.yaml")
    arguments = found.configuration["services"]["documentdb"]["args"]
    reference = {"secretRef": "kv://acme/documentdb-password"}
    assert arguments == ["--username", "username", "--password", reference]


def test_keys_of_a_secret_that_a_container_takes_whole_become_variables() -> None:
    found = shared("aks-store/2026-06-23.yaml")
    env = found.configuration["services"]["order-service"]["env"]
    at = "kv://acme/order-service-secrets-order-queue"
    assert env == {
        "ORDER_QUEUE_PASSWORD": {"secretRef": f"{at}-password"},
        "ORDER_QUEUE_USERNAME": {"secretRef": f"{at}-username"},
    }


def test_the_sock_shop_scales_seven_of_its_fourteen_services() -> None:
    found = shared(*SOCK_SHOP)
    assert len(found.services) == 14
    scaled = {one.module_id for one in found.services if one.scaling == Scaling("cpu", 1, 10, 50)}
    assert scaled == set(SOCKS) - {"cart"}
    assert service(found, "carts").scaling == Scaling("cpu", 1, 1, 80)
    assert service(found, "carts-db").version == "latest"
    assert service(found, "rabbitmq").endpoint_url == "tcp://rabbitmq.sock-shop:5672"
    assert "rabbitmq-exporter" in found.configuration["services"]["rabbitmq"]["sidecars"]


def test_the_autoscaler_of_cart_is_reported_and_not_given_to_carts() -> None:
    (odd,) = shared(*SOCK_SHOP).not_understood
    assert (odd.file, odd.document, odd.name) == ("cart-hsc.yaml", 1, "cart")
    assert odd.reason == "Its target Deployment 'sock-shop/cart' was not read."


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_documents_does_not_change_a_release(seed: int) -> None:
    straight = shared("aks-store/2026-06-23.yaml")
    documents = list(yaml.safe_load_all((SHARED / "aks-store/2026-06-23.yaml").read_bytes()))
    random.Random(seed).shuffle(documents)
    data = yaml.safe_dump_all(documents).encode()
    shuffled = read_release([Source("2026-06-23.yaml", data)], vault="acme")
    assert shuffled.configuration == straight.configuration
    assert shuffled.secret_refs == straight.secret_refs
    assert [one.module_id for one in shuffled.services] == [
        one.module_id for one in straight.services
    ]


def test_what_is_imported_would_be_accepted_as_a_configuration() -> None:
    everything: list[Release] = [shared(*SOCK_SHOP)]
    everything += [shared(f"aks-store/{state}.yaml") for state in STORE]
    everything += [shared(f"online-boutique/{version}.yaml") for version in BOUTIQUE]
    for found in everything:
        refused = [leaf for leaf in _leaves("", found.configuration) if looks_secret(*leaf)]
        assert refused == []


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner)
    elif isinstance(value, str):
        yield name, value
