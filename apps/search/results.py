"""What one box finds in a tenant: the first few of each kind, and where the rest is.

One statement a partition, whatever the number of kinds: each kind is a list of its own, in the
order of its own page, found by the terms table. Environments come from the bindings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.configurations.models import RuntimeConfiguration
from apps.core.door import Door
from apps.deployments.models import RuntimeDeployment
from apps.drift_findings.models import RuntimeDriftFinding
from apps.drift_findings.queries import UNRESOLVED
from apps.search.models import Kind
from apps.search.queries import found_by, matching
from apps.search.words import asked, begins
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.models import RuntimeTenantBinding

SHOWN = 10


class Hit(NamedTuple):
    """One thing found: what its row in the results says."""

    kind: str
    id: UUID
    environment_id: UUID
    label: str
    detail: str
    status: str


@dataclass(frozen=True)
class Source:
    """A kind of things: who may read them, where they are listed, which of them, in which order.

    `label` and `detail` are text; `by` puts hits of several partitions in that order again.
    """

    kind: Kind
    title: str
    scope: str
    path: str
    found: Callable[[Q, str], list[QuerySet[Any]]]
    label: Any
    detail: Any
    order: Sequence[str]
    by: Callable[[Hit], Any]
    newest_first: bool = True


# Retired services and resolved findings keep their terms: their lists find them, where asked to.
SOURCES = (
    Source(
        Kind.SERVICE, "Services", "runtime.services.read", "services",
        lambda here, text: found_by(
            RuntimeService.objects.filter(here, ~Q(status="Retired")),
            Kind.SERVICE, "module_id", text,
        ),
        F("module_id"), F("version"), ("module_id", "id"), lambda hit: (hit.label, hit.id),
        newest_first=False,
    ),
    Source(
        Kind.DEPLOYMENT, "Deployments", "runtime.deployments.read", "deployments",
        lambda here, text: [
            RuntimeDeployment.objects.filter(here, matching(Kind.DEPLOYMENT, text))
        ],
        F("release_ref"), F("requested_by"), ("-id",), lambda hit: hit.id,
    ),
    Source(
        Kind.CONFIGURATION, "Configurations", "runtime.configurations.read", "configurations",
        lambda here, text: [
            RuntimeConfiguration.objects.filter(here, matching(Kind.CONFIGURATION, text))
        ],
        Concat(Value("version "), Cast("version", CharField())), F("created_by"), ("-id",),
        lambda hit: hit.id,
    ),
    Source(
        Kind.FINDING, "Drift findings", "runtime.drift.read", "drift",
        lambda here, text: [
            RuntimeDriftFinding.objects.filter(
                here, matching(Kind.FINDING, text), status__in=UNRESOLVED
            )
        ],
        Concat(F("kind"), Value(" "), F("module_id"), output_field=CharField()), F("path"),
        ("-id",), lambda hit: hit.id,
    ),
)  # fmt: skip


@dataclass
class Section:
    """The hits of one kind; `more` where its list has further ones."""

    source: Source
    hits: list[Hit] = field(default_factory=list)
    more: bool = False


def sections_found(entered: Door, text: str, environment_id: str = "") -> list[Section]:
    """Kinds that have a hit, with the first SHOWN of each. Nothing is asked without a word."""
    sources = [source for source in SOURCES if entered.may(source.scope)]
    if not asked(text) or not sources:
        return []
    here = Q(environment_id=environment_id) if environment_id else Q()
    hits: list[Hit] = []
    for _ in each_partition(entered):
        first, *others = [
            _hits(source, rows) for source in sources for rows in source.found(here, text)
        ]
        hits += [Hit(*row) for row in first.union(*others, all=True)]
    sections = []
    for source in sources:
        found = [hit for hit in hits if hit.kind == source.kind]
        found.sort(key=source.by, reverse=source.newest_first)
        if found:
            sections.append(Section(source, found[:SHOWN], more=len(found) > SHOWN))
    return sections


def _hits(source: Source, rows: QuerySet[Any]) -> QuerySet[Any]:
    """One more than is shown, so that it is known whether there are more."""
    return (
        rows.annotate(
            hit_kind=Value(str(source.kind)),
            hit_label=Cast(source.label, CharField()),
            hit_detail=Cast(source.detail, CharField()),
        )
        .order_by(*source.order)
        .values_list("hit_kind", "id", "environment_id", "hit_label", "hit_detail", "status")
    )[: SHOWN + 1]


def environments_found(
    bindings: Sequence[RuntimeTenantBinding], text: str, environment_id: str = ""
) -> list[RuntimeTenantBinding]:
    """Of the tenant's live bindings those whose environment is called so."""
    words = asked(text)
    return [
        binding
        for binding in bindings
        if environment_id in ("", str(binding.environment_id))
        and begins(
            f"{binding.environment_name} {binding.environment_project} {binding.region}", words
        )
    ][:SHOWN]
