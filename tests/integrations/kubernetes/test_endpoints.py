from typing import Any

import pytest

from .manifests import items, reasons, release, service, service_object, workload


def endpoint(*objects: dict[str, Any]) -> tuple[str, list[str]]:
    found = release(items(workload(), *objects))
    return service(found, "api").endpoint_url, [reason for _, reason in reasons(found)]


def ingress(
    rule: dict[str, Any], version: str = "networking.k8s.io/v1", **spec: Any
) -> dict[str, Any]:
    return {
        "apiVersion": version,
        "kind": "Ingress",
        "metadata": {"name": "door"},
        "spec": {"rules": [rule]} | spec,
    }


def rule(host: str, path: str = "", new: bool = True, name: str = "api") -> dict[str, Any]:
    backend = {"service": {"name": name}} if new else {"serviceName": name, "servicePort": 80}
    return {"host": host, "http": {"paths": [{"path": path, "backend": backend}]}}


@pytest.mark.parametrize(
    ("port", "url"),
    [
        ({"port": 80}, "http://api"),
        ({"port": 8080}, "http://api:8080"),
        ({"port": 443}, "https://api"),
        ({"port": 3000, "name": "http"}, "http://api:3000"),
        ({"port": 3000, "name": "http-web"}, "http://api:3000"),
        ({"port": 5050, "name": "grpc"}, "grpc://api:5050"),
        ({"port": 80, "name": "amqp"}, "tcp://api:80"),
        ({"port": 9000, "appProtocol": "kubernetes.io/h2c"}, "http://api:9000"),
        ({"port": 6379}, "tcp://api:6379"),
    ],
)
def test_a_service_gives_the_address_inside_the_cluster(port: dict[str, Any], url: str) -> None:
    assert endpoint(service_object(spec={"ports": [port]})) == (url, [])


def test_a_stated_namespace_is_part_of_the_address() -> None:
    where = {"namespace": "shop"}
    found = release(items(workload(metadata=where), service_object(metadata=where)))
    assert found.services[0].endpoint_url == "http://api.shop"


def test_a_load_balancers_address_goes_before_the_name_inside() -> None:
    given = {"loadBalancer": {"ingress": [{"ip": "20.1.2.3"}]}}
    outside = service_object(
        metadata={"name": "api-external"}, spec={"selector": {"app": "api"}}, status=given
    )
    assert endpoint(service_object(), outside) == ("http://20.1.2.3", [])


def test_the_service_of_the_workloads_name_goes_before_others() -> None:
    other = service_object(metadata={"name": "a"}, spec={"selector": {"app": "api"}})
    assert endpoint(other, service_object()) == ("http://api", [])


@pytest.mark.parametrize(
    ("version", "new"),
    [
        ("extensions/v1beta1", False),
        ("networking.k8s.io/v1beta1", False),
        ("networking.k8s.io/v1", True),
    ],
)
def test_an_ingress_of_any_age_goes_before_the_service(version: str, new: bool) -> None:
    door = ingress(rule("shop.example.com", "/", new), version)
    assert endpoint(service_object(), door) == ("http://shop.example.com", [])


def test_a_secured_host_has_an_https_address_and_a_pattern_only_its_beginning() -> None:
    door = ingress(rule("a.example.com", "/api(/|$)(.*)"), tls=[{"hosts": ["*.example.com"]}])
    assert endpoint(service_object(), door) == ("https://a.example.com/api", [])


def test_an_ingress_without_a_host_is_listed_and_the_service_stays() -> None:
    url, told = endpoint(service_object(), ingress(rule("")))
    assert url == "http://api"
    assert told == ["It has a rule whose host is absent or no address."]


def test_an_ingress_to_nowhere_is_listed() -> None:
    url, told = endpoint(service_object(), ingress(rule("a.example.com", name="apis")))
    assert url == "http://api"
    assert told == ["Its Service 'apis' leads to no workload that was read."]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"selector": {"app": "apis"}}, "It selects no workload that was read."),
        ({"selector": {}}, "It has no selector, so it leads to no workload."),
        ({"type": "ExternalName"}, "It is a name for something outside the cluster."),
        ({"selector": {"app": 1}}, "app is not text: it has to be quoted."),
    ],
)
def test_a_service_that_leads_to_no_workload_is_listed(spec: dict[str, Any], reason: str) -> None:
    assert endpoint(service_object(spec=spec)) == ("", [reason])
