"""Services and their scaling policies as rows of a file: exported, and taken in by a dry run first.

All or nothing, by the operations that a person's own change takes: one deployment by hand for what
is new or changed, none where nothing is. Exported and imported again nothing changes.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from apps.configurations import texts
from apps.core import door, tables
from apps.core.errors import Invalid
from apps.quotas.queries import limits, replicas
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of
from apps.services.models import RuntimeService
from apps.services.operations import apply_by_hand, roll_out
from apps.services.releases import WRITE, live_services
from apps.services.specs import FIELDS, ServiceSpec, differs

# The columns of a file: what a service is, then how it scales.
SERVICE = {
    "moduleId": "module_id", "componentType": "component_type", "image": "image",
    "version": "version", "computeTarget": "compute_target", "replicas": "replicas",
    "endpointUrl": "endpoint_url",
}  # fmt: skip
POLICY = {
    "metric": "metric", "minReplicas": "min_replicas", "maxReplicas": "max_replicas",
    "targetUtilizationPercent": "target_utilization_percent",
}  # fmt: skip
COLUMNS = (*SERVICE, *POLICY)
# What an export of services or policies tells besides. It stays as it is, whatever a file says.
ASIDE = (
    "status", "deploymentId", "createdAt", "lastObservedAt", "retiredAt", "scalingPolicyId",
)  # fmt: skip
# Which service a row is of, and where: checked, and never changed.
KEYS = ("serviceId", "environmentId", "tenantId")
NUMBERS = ("replicas", "minReplicas", "maxReplicas", "targetUtilizationPercent")
NEEDED = ("moduleId", "image", "version", "replicas")
MOST_ROWS = 5_000
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """`row` counts from 1, without the head; 0 is the file as a whole."""

    row: int
    field: str
    problem: str

    @property
    def place(self) -> str:
        """As errors name a member, where the first of an array is 0."""
        return f"services[{self.row - 1}].{self.field}" if self.row else "services"


@dataclass
class Plan:
    """What an import would do, by moduleId; nothing where anything is refused."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    specs: list[ServiceSpec] = field(default_factory=list)
    # What was looked at: another text where any of it has changed since.
    seen: list[str] = field(default_factory=list)
    same: list[ServiceSpec] = field(default_factory=list)


def export_services() -> list[dict[str, Any]]:
    """The live services of the environment entered, by name."""
    policies = (
        ScalingPolicy.objects.filter(environment_id=door.environment())
        .exclude(service__status="Retired")
        .select_related("service")
        .order_by("service__module_id")
    )
    return [
        {name: getattr(policy.service, attribute) for name, attribute in SERVICE.items()}
        | {name: getattr(policy, attribute) for name, attribute in POLICY.items()}
        for policy in policies
    ]


def read_rows(text: str, format: str) -> list[Row]:
    """The rows of a file; Invalid (of `text`) where it is none."""
    if format == "csv":
        return _csv(text)
    if format == "ndjson":
        lines = ",".join(line for line in text.splitlines() if line.strip())
        text, format = f"[{lines}]", "json"
    rows = texts.read(text, format)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid.field("text", "must be a list of rows.")
    return rows


def plan_import(rows: Sequence[Row]) -> Plan:
    """The dry run: writes nothing, lists every refusal with its row and field."""
    plan = Plan()
    if not rows or len(rows) > MOST_ROWS:
        plan.refused.append(Refusal(0, "", f"must have 1 to {MOST_ROWS} rows"))
        return plan
    live = live_services()
    by_id = {str(service.id): service for service in live.values()}
    bounds = {
        policy.service_id: bounds_of(policy)
        for policy in ScalingPolicy.objects.filter(environment_id=door.environment())
        .exclude(service__status="Retired")
    }  # fmt: skip
    seen: set[str] = set()
    more = 0
    for number, row in enumerate(rows, start=1):
        found, refused = _values(row)
        refused |= _name(row, found, by_id)
        name = str(found.get("moduleId", ""))
        if name in seen:
            refused["moduleId"] = f"'{name}' stands there twice"
        seen.add(name)
        there = live.get(name)
        if there is None:
            refused |= {
                n: "is needed for a new service" for n in NEEDED if found.get(n) in (None, "")
            }
        if not refused:
            was = bounds[there.id] if there else None
            spec = _spec(found, there, was)
            refused = {n: "; ".join(problems) for n, problems in spec.problems().items()}
        if refused:
            plan.refused += [Refusal(number, n, problem) for n, problem in refused.items()]
            continue
        assert spec.bounds is not None
        more += spec.bounds.max_replicas - (was.max_replicas if was else 0)
        plan.seen.append(f"{there.deployment_id} {was}" if there else name)
        _sort(plan, spec, there, was)
    _check_quota(plan, more)
    return plan


def import_services(rows: Sequence[Row], *, reason: str = "") -> Plan:
    """Does what the dry run says; Invalid with every refusal, and then nothing is done."""
    door.require(WRITE)
    with door.atomic():
        plan = _accepted(rows)
        if plan.specs:
            apply_by_hand(
                lambda: _accepted(rows).specs,
                f"{len(plan.specs)} imported",
                "import services",
                reason,
            )
    return plan


def roll_out_services(rows: Sequence[Row], *, deployment_id: UUID) -> Plan:
    """The same as the work of a deployment that is RollingOut, whose gate asks for all of them.

    The unchanged belong to it too, once: sent again nothing changes. Refused in any other state.
    """
    door.require(WRITE)
    with door.atomic():
        plan = Plan()

        def wanted(done: Collection[str]) -> list[ServiceSpec]:
            nonlocal plan
            plan = _accepted(rows)
            return [*plan.specs, *(spec for spec in plan.same if spec.module_id not in done)]

        roll_out(deployment_id, wanted)
    return plan


def _accepted(rows: Sequence[Row]) -> Plan:
    plan = plan_import(rows)
    if plan.refused:
        raise Invalid(
            "Nothing was imported.",
            fields={r.place: [r.problem] for r in plan.refused},
        )
    return plan


def _sort(plan: Plan, spec: ServiceSpec, there: RuntimeService | None, was: Bounds | None) -> None:
    if there is None:
        plan.new.append(spec.module_id)
    elif differs(there, spec) or was != spec.bounds:
        plan.changed.append(spec.module_id)
    else:
        plan.unchanged.append(spec.module_id)
        plan.same.append(spec)
        return
    plan.specs.append(spec)


def _values(row: Row) -> tuple[dict[str, Any], dict[str, str]]:
    """(what is told, {column: what is wrong}); an empty cell tells nothing but of endpointUrl."""
    refused = {
        str(name)[:80]: f"is no column: choose from {', '.join(COLUMNS)}"
        for name in row
        if name not in (*COLUMNS, *ASIDE, *KEYS)
    }
    if str(row.get("environmentId") or door.environment()) != str(door.environment()):
        refused["environmentId"] = "is another environment's"
    if (row.get("tenantId") or door.tenant()) != door.tenant():
        refused["tenantId"] = "is another tenant's"
    found: dict[str, Any] = {}
    for name in COLUMNS:
        value = row.get(name)
        if value is None or (value == "" and name != "endpointUrl"):
            continue
        if name in NUMBERS:
            number = _number(value)
            if number is None:
                refused[name] = "must be a whole number"
            found[name] = number
        elif isinstance(value, str):
            found[name] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = str(value)  # version: 1.2 in YAML is a number
        else:
            refused[name] = "must be text"
    return found, refused


def _name(row: Row, found: dict[str, Any], by_id: Mapping[str, RuntimeService]) -> dict[str, str]:
    """Names the service of a row that tells its id; what is wrong with that."""
    told = row.get("serviceId")
    if told in (None, ""):
        return {}
    there = by_id.get(str(told))
    if there is None:
        return {"serviceId": "is no live service here"}
    if found.setdefault("moduleId", there.module_id) != there.module_id:
        return {"moduleId": f"is {there.module_id} for ever: a name does not change"}
    return {}


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _spec(found: dict[str, Any], there: RuntimeService | None, was: Bounds | None) -> ServiceSpec:
    """What is told over what there is; a new service scales from and to its replicas."""
    told = {SERVICE[n]: value for n, value in found.items() if n in SERVICE}
    begun = {name: getattr(there, name) for name in FIELDS} if there else {}
    spec = ServiceSpec(**{**begun, **told})
    bounds = was or Bounds.fixed(spec.replicas)
    scaled = {POLICY[n]: value for n, value in found.items() if n in POLICY}
    return replace(spec, bounds=replace(bounds, **scaled))


def _check_quota(plan: Plan, more: int) -> None:
    limit = limits(door.environment()).replicas
    if limit is None or plan.refused or more <= 0:
        return
    _, promised = replicas(door.environment())
    if promised + more > limit:
        problem = f"{promised + more} would be promised; the quota allows {limit}"
        plan.refused.append(Refusal(0, "maxReplicas", problem))


def _csv(text: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
        if len(set(head)) < len(head):
            raise Invalid.field("text", "a column stands there twice.")
        rows: list[Row] = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(head):
                where = f"line {reader.line_num}"
                raise Invalid.field("text", f"{where}: {len(cells)} cells under {len(head)} heads.")
            rows.append(dict(zip(head, map(tables.unquoted, cells), strict=True)))
    except csv.Error as error:
        raise Invalid.field("text", f"line {reader.line_num}: it is not CSV: {error}") from None
    return rows
