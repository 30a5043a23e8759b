"""One container's part of the configuration: env, ports, resources, command and args.

What cannot be read is left out and said; the rest of the container still counts.
"""

import re
from collections.abc import Callable
from typing import Any

from .commands import read_arguments
from .environment import EnvironmentReader
from .fields import Odd, mapping, mappings, text, whole

_QUANTITY = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?", re.ASCII)
_MAX_PORT = 65_535
_PORT_NAME = re.compile(r"[a-z0-9-]{0,15}")
_PROTOCOLS = ("TCP", "UDP", "SCTP")


def read_container(
    container: dict[str, Any], reader: EnvironmentReader, *parts: str
) -> dict[str, Any]:
    """`parts` name its references: the workload, and the container where it is not the main one."""

    def attempt(reading: Callable[[], Any]) -> Any:
        try:
            return reading()
        except Odd as error:
            reader.odd(f"{error} It is left out.")
            return None

    env_from, env = reader.read(container, *parts)
    read = {
        "env": env,
        "envFrom": env_from,
        "ports": attempt(lambda: _ports(container)) or [],
        "resources": attempt(lambda: _resources(container)) or {},
        "command": attempt(lambda: read_arguments(container, "command", reader.references, *parts)),
        "args": attempt(lambda: read_arguments(container, "args", reader.references, *parts)),
    }
    # These three are always there, so that readers need no test for them.
    return {
        key: value for key, value in read.items() if value or key in ("env", "ports", "resources")
    }


def _ports(container: dict[str, Any]) -> list[dict[str, Any]]:
    ports = []
    for port in mappings(container, "ports"):
        number = whole(port, "containerPort", None, least=1)
        protocol = text(port, "protocol") or "TCP"
        name = text(port, "name")
        is_port = number <= _MAX_PORT and protocol in _PROTOCOLS and _PORT_NAME.fullmatch(name)
        if not is_port:
            raise Odd("ports has an entry that is no port.")
        ports.append(
            {"containerPort": number, "protocol": protocol} | ({"name": name} if name else {})
        )
    return sorted(ports, key=lambda port: (port["containerPort"], port["protocol"]))


def _resources(container: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Quantities as text, as they are written: 100m, 0.5, 1Gi. Claims on devices are no numbers."""
    resources = mapping(container, "resources")
    read = {part: mapping(resources, part) for part in ("requests", "limits")}
    return {
        part: {name: _quantity(name, value) for name, value in found.items()}
        for part, found in read.items()
        if found
    }


def _quantity(name: str, value: Any) -> str:
    written = value if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not _QUANTITY.fullmatch(written):
        raise Odd(f"resources has a {name[:80]} that is no quantity.")
    return written
