"""Configuration leaf by leaf: one difference for each path whose values differ.

Only what a cluster can show is compared: `services` and `configMaps` of the published payload,
and of `services` only those modules that the payload says anything about. A list is a leaf (its
order counts) but for `ports`, which are told apart by number and protocol.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .compare_records import Difference, State, pointer
from .compare_values import Form, image, is_empty, is_reference, quantity, value

Path = tuple[str, ...]
Leaves = dict[Path, tuple[Any, Form]]
COMPARED = ("services", "configMaps")


def compare_configuration(desired: State, observed: State) -> Iterator[Difference]:
    wanted, seen = desired.configuration, observed.configuration
    there = _mapping(seen.get("services"))
    for module_id, told in sorted(_mapping(wanted.get("services")).items()):
        # One that is missing or unexpected is one difference already.
        if module_id in desired.workloads and module_id in observed.workloads:
            found = there.get(module_id)
            yield from _differences(("services", module_id), module_id, told, found, observed)
    if "configMaps" in wanted:
        maps, seen_maps = _mapping(wanted["configMaps"]), _mapping(seen.get("configMaps"))
        for name in sorted({*maps, *seen_maps}):
            found = seen_maps.get(name)
            yield from _differences(("configMaps", name), "", maps.get(name), found, observed)


def not_compared(configuration: Mapping[str, Any]) -> list[str]:
    """The parts of a payload that no cluster shows."""
    return sorted(set(configuration) - set(COMPARED))


def _differences(
    at: Path, module_id: str, told: Any, found: Any, observed: State
) -> Iterator[Difference]:
    wanted, seen = dict(_leaves(told, at)), dict(_leaves(found, at))
    for path in sorted({*wanted, *seen}):
        (desired, form), (actual, actual_form) = (
            wanted.get(path, (None, ())), seen.get(path, (None, ())),
        )  # fmt: skip
        if form == actual_form or (path not in seen and at[1] in observed.partly_read):
            continue
        yield Difference("configuration", module_id, pointer(path), desired, actual)


def _leaves(node: Any, path: Path) -> Iterator[tuple[Path, tuple[Any, Form]]]:
    if is_empty(node) or (path[-1] == "suspend" and node is False):
        return
    if path[-1] == "ports" and isinstance(node, list):
        for port in node:
            yield (*path, _port_name(port)), (port, value(_whole_port(port)))
    elif isinstance(node, dict) and not is_reference(node):
        for key, inner in node.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, (node, _form(node, path))


def _form(leaf: Any, path: Path) -> Form:
    # Only below a module: a ConfigMap's keys may be called anything, and hold text.
    if path[0] == "services":
        if "resources" in path[2:-1] and path[-2] in ("requests", "limits"):
            return quantity(leaf)
        if path[-1] == "image" and path[-3:-2] in (("initContainers",), ("sidecars",)):
            return image(leaf)
    return value(leaf)


def _whole_port(port: Any) -> Any:
    return {"protocol": "TCP", **port} if isinstance(port, dict) else port


def _port_name(port: Any) -> str:
    if not isinstance(port, dict):
        return str(port)
    return f"{port.get('containerPort')}-{port.get('protocol') or 'TCP'}"


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
