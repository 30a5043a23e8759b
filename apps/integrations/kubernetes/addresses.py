"""URLs of Services, with their order of preference."""

import re
from dataclasses import dataclass, replace
from typing import Any, Self

from .fields import Odd, mapping, mappings, text, whole
from .objects import Object

OUTSIDE, LOAD_BALANCER, INSIDE, HEADLESS = range(4)

HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_IPV6 = re.compile(r"[0-9a-f:]{2,39}", re.IGNORECASE)
_HTTP_PORTS, _HTTPS_PORTS = (80, 8080), (443, 8443)
_SCHEMES = {
    **dict.fromkeys(("http", "http2", "h2c", "ws", "web"), "http"),
    **dict.fromkeys(("https", "wss"), "https"),
    "grpc": "grpc",
}
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, order=True)
class Address:
    """The smallest is the best: by reach, then namesake of the workload, then the shortest."""

    reach: int
    stranger: bool
    length: int
    url: str

    @classmethod
    def of(cls, reach: int, url: str) -> Self:
        return cls(reach, True, len(url), url)

    def closer(self, namesake: bool) -> "Address":
        return replace(self, stranger=not namesake)


def service_address(service: Object) -> Address:
    """The load balancer's address where the cluster reports one, else the name inside it.

    `http://cart.shop:7070`: the namespace only where it is stated, and the first port.
    """
    spec = mapping(service.body, "spec")
    ports = mappings(spec, "ports")
    given = _load_balancer(service)
    headless = text(spec, "clusterIP") == "None"
    reach = LOAD_BALANCER if given else HEADLESS if headless else INSIDE
    host = given or ".".join(filter(None, (service.name, service.namespace)))
    if not ports:
        return Address.of(reach, f"tcp://{host}")
    number = whole(ports[0], "port", None, least=1)
    scheme = _scheme(ports[0], number)
    port = "" if _DEFAULT_PORTS.get(scheme) == number else f":{number}"
    return Address.of(reach, f"{scheme}://{host}{port}")


def _scheme(port: dict[str, Any], number: int) -> str:
    """From appProtocol, else the name's first word (as meshes do), else the number, else tcp."""
    for said in (text(port, "appProtocol"), text(port, "name")):
        word = re.split(r"[^a-z0-9]+", said.rpartition("/")[2].lower())[0]
        if word in _SCHEMES:
            return _SCHEMES[word]
        if said:
            return "tcp"
    if number in _HTTPS_PORTS:
        return "https"
    return "http" if number in _HTTP_PORTS else "tcp"


def _load_balancer(service: Object) -> str:
    for entry in mappings(mapping(service.body, "status", "loadBalancer"), "ingress"):
        name, ip = text(entry, "hostname").lower(), text(entry, "ip")
        if name and HOST.fullmatch(name):
            return name
        if ip and HOST.fullmatch(ip):
            return ip
        if ip and _IPV6.fullmatch(ip):
            return f"[{ip}]"
        raise Odd("Its load balancer's address is not understood.")
    return ""
