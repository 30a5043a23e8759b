"""Ingresses of all ages: extensions/v1beta1, networking.k8s.io/v1beta1 and v1."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from .addresses import HOST, OUTSIDE, Address
from .fields import Odd, mapping, mappings, text
from .objects import Object

# Controllers take patterns as paths: of /api(/|$)(.*) only /api is an address.
_PATTERN = re.compile(r"[()\[\]{}*?$^|\\+].*", re.DOTALL)

Found = tuple[list[tuple[str, Address]], list[str]]


def ingress_addresses(ingress: Object) -> Found:
    """((Service's name, address) …, what was not understood). Raises Odd where nothing is."""
    spec = mapping(ingress.body, "spec")
    secured = set(_tls_hosts(spec))
    addresses: list[tuple[str, Address]] = []
    problems: list[str] = []
    for rule in mappings(spec, "rules"):
        host = text(rule, "host").lower()
        if not HOST.fullmatch(host):
            problems.append("It has a rule whose host is absent or no address.")
            continue
        for path in mappings(mapping(rule, "http"), "paths"):
            service = _service(mapping(path, "backend"))
            if not service:
                problems.append("It has a backend that is no Service.")
                continue
            scheme = "https" if host in secured or _wildcard(host) in secured else "http"
            url = f"{scheme}://{host}{_path(text(path, 'path'))}"
            addresses.append((service, Address.of(OUTSIDE, url)))
    if spec.get("defaultBackend") or spec.get("backend"):
        problems.append("It has a default backend, which names no host.")
    if not addresses and not problems:
        raise Odd("It has no rules.")
    return addresses, problems


def _service(backend: dict[str, Any]) -> str:
    return text(mapping(backend, "service"), "name") or text(backend, "serviceName")


def _tls_hosts(spec: dict[str, Any]) -> Iterator[str]:
    for entry in mappings(spec, "tls"):
        hosts = entry.get("hosts") or []
        if not isinstance(hosts, list):
            raise Odd("tls.hosts is not a list.")
        yield from (host.lower() for host in hosts if isinstance(host, str))


def _wildcard(host: str) -> str:
    return f"*.{host.partition('.')[2]}"


def _path(path: str) -> str:
    literal = _PATTERN.sub("", path)
    return quote(literal.rstrip("/") if literal != "/" else "", safe="/-._~%:@!,;=&")
