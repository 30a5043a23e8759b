"""The way in: files to one normalised release, the same whatever order the objects come in.

"First" means first by file name, document and place in a list. What comes second under a name
that is taken (by another namespace, another kind or a copy of itself) is listed, not merged.
"""

from collections.abc import Iterable

from .autoscalers import Target, read_autoscaler, without_autoscaler
from .component_types import component_type
from .configuration import read_config_map, read_secret_keys
from .documents import Document, read_documents
from .endpoints import read_endpoints
from .environment import EnvironmentReader
from .inventory import Inventory
from .objects import Object
from .records import Release, Scaling, Service, Source
from .references import References
from .workloads import Workload, read_workload


def read_release(sources: Iterable[Source], *, vault: str) -> Release:
    """Reads all sources into one release, with references into `vault` where secrets were.

    Raises UnreadableManifest for input that is broken, hostile or over the limits: then nothing
    of the import counts. ValueError for a vault that cannot be one.
    """
    return release_of(read_documents(sources), vault=vault)


def release_of(documents: Iterable[Document], *, vault: str) -> Release:
    """The same of documents that were read elsewhere."""
    references = References(vault)
    inventory = Inventory.of(documents)
    secret_keys = _secret_keys(inventory, references)

    def workload(source: Object) -> Workload:
        known = secret_keys.get(source.namespace, {})
        return read_workload(source, EnvironmentReader(references, known, inventory.teller(source)))

    workloads = inventory.each("workload", workload)
    config_maps = inventory.each(
        "ConfigMap", lambda one: read_config_map(one, references, inventory.teller(one))
    )
    services = _services(inventory, list(workloads.values()))
    return Release(
        services=services,
        configuration={
            "services": {name: one.configuration for name, one in workloads.items()},
            "configMaps": config_maps,
        },
        not_understood=tuple(sorted(inventory.odds)),
        secret_refs=tuple(sorted(references.made)),
    )


def _secret_keys(
    inventory: Inventory, references: References
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Keys by namespace and Secret. Each key is a reference, whether a workload asks or not."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}

    def read(secret: Object) -> None:
        keys = read_secret_keys(secret)
        for key in keys:
            references.make(secret.name, key)
        found.setdefault(secret.namespace, {})[secret.name] = keys

    inventory.each("Secret", read)
    return found


def _services(inventory: Inventory, workloads: list[Workload]) -> tuple[Service, ...]:
    scalings = _scalings(inventory, workloads)
    services = inventory.objects("Service")
    endpoints = read_endpoints(services, inventory.objects("Ingress"), workloads, inventory.odd)
    return tuple(
        Service(
            module_id=one.source.name,
            component_type=component_type(
                kind=one.source.kind,
                name=one.source.name,
                repository=one.image.repository,
                has_service=one.source.name in endpoints.served,
                has_ports=one.has_ports,
                any_service=bool(services),
            ),
            image=one.image.reference,
            version=one.image.version,
            compute_target="kubernetes",
            replicas=one.replicas,
            endpoint_url=endpoints.best.get(one.source.name, ""),
            scaling=scalings.get(_target(one)) or without_autoscaler(one.replicas),
            file=one.source.file,
            document=one.source.document,
            kind=one.source.kind,
        )
        for one in workloads
    )


def _scalings(inventory: Inventory, workloads: list[Workload]) -> dict[Target, Scaling]:
    targets = {_target(one) for one in workloads}
    found: dict[Target, Scaling] = {}
    read = inventory.all("HorizontalPodAutoscaler", lambda one: read_autoscaler(one, targets))
    for source, autoscaler in read:
        if autoscaler.target in found:
            inventory.odd(source, "Its target has an autoscaler already.")
            continue
        found[autoscaler.target] = autoscaler.scaling
        for remark in autoscaler.remarks:
            inventory.odd(source, remark)
    return found


def _target(workload: Workload) -> Target:
    source = workload.source
    return source.namespace, source.kind, source.name
