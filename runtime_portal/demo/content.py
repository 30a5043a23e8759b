"""From a landscape to what one release holds: configuration payloads and service specs."""

import copy
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.services.operations import ServiceSpec
from runtime_portal.demo.shape import Landscape, Module


@dataclass(frozen=True)
class Content:
    """What release `number` brings: the whole payload, and every service that should be there."""

    number: int
    payload: dict[str, Any]
    specs: tuple[ServiceSpec, ...]


def contents(landscape: Landscape, rng: random.Random) -> list[Content]:
    """Every release of a landscape, the first at index 0; the same for the same seed."""
    versions = {module.name: module.version for module in landscape.modules}
    payload = copy.deepcopy(dict(landscape.payload))
    kept: dict[str, int] = {}
    found = []
    for number in range(1, landscape.releases + 1):
        payload = turned(payload, landscape.turns.get(number, {}))
        modules = [module for module in landscape.modules if module.is_in(number)]
        for module in modules:
            if number > module.since and rng.random() < module.pace:
                versions[module.name] = _next_version(versions[module.name], rng)
        rescaled = landscape.rescaled.get(number, {})
        specs = tuple(
            replace(
                _spec(landscape.tenant, module, versions[module.name]),
                replicas=kept.get(module.name, module.replicas),
                bounds=module.scaling(rescaled.get(module.name))
                if module.name in rescaled or number == module.since
                else None,
            )
            for module in modules
        )
        found.append(Content(number, payload, specs))
        by_hand = landscape.by_hand.get(number)
        if by_hand and by_hand.kept:
            kept[by_hand.module] = by_hand.replicas
    return found


def turned(payload: Mapping[str, Any], turns: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the payload with values set by dotted path."""
    changed = copy.deepcopy(dict(payload))
    for path, value in turns.items():
        *parents, last = path.split(".")
        place = changed
        for name in parents:
            place = place[name]
        place[last] = value
    return changed


def _next_version(version: str, rng: random.Random) -> str:
    """One more at the end, or, one time in four, in the middle."""
    parts = [int(part) for part in version.split(".")]
    if len(parts) > 2 and rng.random() < 0.25:
        parts[-2:] = [parts[-2] + 1, 0]
    else:
        parts[-1] += 1
    return ".".join(str(part) for part in parts)


def _spec(tenant: str, module: Module, version: str) -> ServiceSpec:
    name = f"registry.example/{tenant}/{module.name}"
    if module.by_digest:
        image = f"{name}@sha256:{hashlib.sha256(f'{name}:{version}'.encode()).hexdigest()}"
    else:
        image = f"{name}:{module.tag or version}"
    return ServiceSpec(
        module_id=module.name,
        image=image,
        version=version,
        replicas=module.replicas,
        component_type=module.kind,
        compute_target=module.target,
        endpoint_url=module.endpoint,
    )
