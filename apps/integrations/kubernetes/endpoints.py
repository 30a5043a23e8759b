"""Where a workload is reached: an Ingress before a load balancer before the Service's own name."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .addresses import Address, service_address
from .fields import Odd, mapping, text, texts
from .ingresses import ingress_addresses
from .objects import Object
from .selection import Selection
from .workloads import Workload

Odds = Callable[[Object, str], None]


@dataclass(frozen=True)
class Endpoints:
    """Per module the best address, and whether a Service leads to it at all."""

    best: dict[str, str]
    served: frozenset[str]


def read_endpoints(
    services: Sequence[Object],
    ingresses: Iterable[Object],
    workloads: Sequence[Workload],
    odd: Odds,
) -> Endpoints:
    """What leads to no workload of the import is told to `odd`, never matched by likeness."""
    found: dict[str, list[Address]] = {}
    led_to: dict[tuple[str, str], list[str]] = {}
    selection = Selection(workloads)
    for service in services:
        try:
            modules = _selected(service, selection)
            address = service_address(service)
        except Odd as error:
            odd(service, str(error))
            continue
        led_to[service.namespace, service.name] = modules
        for module in modules:
            found.setdefault(module, []).append(address.closer(service.name == module))
    served = frozenset(found)
    for ingress in ingresses:
        try:
            addresses, problems = ingress_addresses(ingress)
        except Odd as error:
            odd(ingress, str(error))
            continue
        for problem in problems:
            odd(ingress, problem)
        for backend, address in addresses:
            modules = led_to.get((ingress.namespace, backend), [])
            if not modules:
                odd(ingress, f"Its Service {backend[:80]!r} leads to no workload that was read.")
            for module in modules:
                found.setdefault(module, []).append(address)
    return Endpoints({module: min(several).url for module, several in found.items()}, served)


def _selected(service: Object, selection: Selection) -> list[str]:
    """The modules whose pods a Service selects, in its namespace."""
    if text(mapping(service.body, "spec"), "type") == "ExternalName":
        raise Odd("It is a name for something outside the cluster.")
    selector = texts(mapping(service.body, "spec"), "selector")
    if not selector:
        raise Odd("It has no selector, so it leads to no workload.")
    modules = selection.modules(service, selector)
    if not modules:
        raise Odd("It selects no workload that was read.")
    return modules
