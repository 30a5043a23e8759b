"""What of a workload becomes a service: its main container, image, replicas and pod labels."""

from dataclasses import dataclass, field
from typing import Any

from .containers import read_container
from .environment import EnvironmentReader
from .fields import Odd, flag, mapping, mappings, text, texts, whole
from .images import Image, NotAnImage, parse_image
from .objects import Object

_MAIN = "kubectl.kubernetes.io/default-container"
# Containers that meshes and operators put beside the one that the workload is about, by name.
_SIDECARS = (
    "istio-proxy",
    "linkerd-proxy",
    "envoy",
    "vault-agent",
    "cloud-sql-proxy",
    "cloudsql-proxy",
)


@dataclass(frozen=True)
class Workload:
    source: Object
    image: Image
    replicas: int
    labels: dict[str, str]
    has_ports: bool
    configuration: dict[str, Any] = field(repr=False)


def read_workload(source: Object, reader: EnvironmentReader) -> Workload:
    """Raises Odd where it cannot become a service at all."""
    template = _template(source)
    spec = mapping(template, "spec")
    containers = mappings(spec, "containers")
    if not containers:
        raise Odd("It has no containers.")
    main = _main(source, template, containers)
    image = _image(main)
    replicas, schedule = _replicas(source), _schedule(source)
    labels = texts(mapping(template, "metadata"), "labels")
    # Last, because it makes references: none of a workload that is refused may stay behind.
    configuration = read_container(main, reader, source.name) | schedule
    configuration |= _others(source, containers, main, mappings(spec, "initContainers"), reader)
    return Workload(source, image, replicas, labels, bool(configuration["ports"]), configuration)


def _template(source: Object) -> dict[str, Any]:
    if source.kind == "CronJob":
        return mapping(source.body, "spec", "jobTemplate", "spec", "template")
    return mapping(source.body, "spec", "template")


def _main(
    source: Object, template: dict[str, Any], containers: list[dict[str, Any]]
) -> dict[str, Any]:
    """The annotated one; else that of the workload's name; else the first that is no sidecar."""
    names = [text(container, "name") for container in containers]
    annotated = mapping(template, "metadata", "annotations").get(_MAIN)
    for name in (annotated, source.name):
        if name in names:
            return containers[names.index(name)]
    own = [at for at, name in enumerate(names) if name not in _SIDECARS]
    return containers[own[0] if own else 0]


def _image(container: dict[str, Any]) -> Image:
    try:
        return parse_image(text(container, "image"))
    except NotAnImage as error:
        raise Odd(f"The image of container {text(container, 'name')[:80]!r} {error}") from None


def _replicas(source: Object) -> int:
    """As the workload's own spec has them, whatever an autoscaler says.

    1 where nothing is said. A DaemonSet has none: as many as the cluster reports in its status,
    else 1. A Job or CronJob counts its parallel pods, and none while it is suspended.
    """
    spec = mapping(source.body, "spec")
    if source.kind == "DaemonSet":
        return whole(mapping(source.body, "status"), "desiredNumberScheduled", 1)
    if source.kind in ("Job", "CronJob"):
        job = mapping(spec, "jobTemplate", "spec") if source.kind == "CronJob" else spec
        return 0 if flag(spec, "suspend") else whole(job, "parallelism", 1)
    return whole(spec, "replicas", 1)


def _others(
    source: Object,
    containers: list[dict[str, Any]],
    main: dict[str, Any],
    init: list[dict[str, Any]],
    reader: EnvironmentReader,
) -> dict[str, Any]:
    """Init containers and sidecars by name. An init container that keeps running is a sidecar."""
    read: dict[str, dict[str, Any]] = {"initContainers": {}, "sidecars": {}}
    beside = [("sidecars", one) for one in containers if one is not main]
    for one in init:
        beside.append(
            ("sidecars" if text(one, "restartPolicy") == "Always" else "initContainers", one)
        )
    for place, one in beside:
        name = text(one, "name")
        if not name or name in read[place]:
            reader.odd("Two containers share a name, or one has none. It is left out.")
            continue
        try:
            image = {"image": _image(one).reference}
        except Odd as error:
            reader.odd(f"{error} It is left out.")
            image = {}
        read[place][name] = image | read_container(one, reader, source.name, name)
    return {place: found for place, found in read.items() if found}


def _schedule(source: Object) -> dict[str, Any]:
    if source.kind != "CronJob":
        return {}
    spec = mapping(source.body, "spec")
    schedule, zone = text(spec, "schedule"), text(spec, "timeZone")
    if not schedule:
        raise Odd("It has no schedule.")
    read = {"schedule": schedule, "suspend": flag(spec, "suspend")}
    return read | ({"timeZone": zone} if zone else {})
