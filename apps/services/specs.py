"""What a service should be, and what is wrong with a wish."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.core.errors import Fields, Invalid
from apps.scaling_policies.operations import Bounds
from apps.services.models import ComponentType, ComputeTarget, RuntimeService

_TEXTS = (
    ("module_id", "moduleId", 1, 120),
    ("image", "image", 1, 400),
    ("version", "version", 1, 160),
    ("endpoint_url", "endpointUrl", 0, 400),
)


@dataclass(frozen=True)
class ServiceSpec:
    """What a service should be. `bounds` absent: min = max = replicas."""

    module_id: str
    image: str
    version: str
    replicas: int
    component_type: str = ComponentType.OTHER
    compute_target: str = ComputeTarget.KUBERNETES
    endpoint_url: str = ""
    bounds: Bounds | None = None

    def problems(self) -> dict[str, list[str]]:
        """{field: what is wrong}, empty where such a service can be."""
        found = dict((self.bounds or Bounds.fixed(max(self.replicas, 0))).problems())
        for name, label, least, most in _TEXTS:
            text = getattr(self, name)
            if len(text.strip()) < least or len(text) > most:
                found[label] = [f"must be {least} to {most} characters"]
            elif not _is_storable(text):
                found[label] = ["must be Unicode text without the character NUL"]
        if not 0 <= self.replicas < 100_000:
            found["replicas"] = ["must be 0 to 99999"]
        if self.component_type not in ComponentType.values:
            found["componentType"] = [f"must be one of {', '.join(ComponentType.values)}"]
        if self.compute_target not in ComputeTarget.values:
            found["computeTarget"] = [f"must be one of {', '.join(ComputeTarget.values)}"]
        return found


@dataclass
class Applied:
    """moduleIds by what was done to them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: len(modules) for name, modules in vars(self).items()}


FIELDS = (
    "image", "version", "replicas", "component_type", "compute_target", "endpoint_url",
)  # fmt: skip


def differs(service: RuntimeService, spec: ServiceSpec) -> bool:
    return any(getattr(service, name) != getattr(spec, name) for name in FIELDS)


def check_specs(specs: Sequence[ServiceSpec]) -> None:
    """Invalid with every bad item and field: {"services[3].replicas": […]}."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for index, spec in enumerate(specs):
        problems: Fields = spec.problems()
        for name, messages in problems.items():
            found[f"services[{index}].{name}"] = list(messages)
        if spec.module_id in seen:
            found[f"services[{index}].moduleId"] = [f"'{spec.module_id}' is named twice"]
        seen.add(spec.module_id)
    if found:
        raise Invalid("These services cannot be so.", fields=found)


def _is_storable(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False
