"""Tenants with rows of any age: made by the operations, their clocks moved by the owner."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core import door
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.drift_findings.models import RuntimeDriftFinding
from apps.drift_findings.operations import resolve_finding
from apps.services.operations import retire_service
from apps.tenant_bindings.context import enter_tenant
from tests.isolation.logins import Connection, connect, rows, stand
from tests.isolation.tenants import make_environment, make_tenant
from tests.world import OPERATOR, TestTenant

SERVICES = "services_runtimeservice"
POLICIES = "scaling_policies_scalingpolicy"
DEPLOYMENTS = "deployments_runtimedeployment"
STEPS = "deployments_deploymentstep"
PRODUCTS = "deployments_deploymentproduct"
CONFIGURATIONS = "configurations_runtimeconfiguration"
HEALTH = "health_results_healthcheckresult"
FINDINGS = "drift_findings_runtimedriftfinding"
COVERAGE = "drift_findings_driftcoverage"
TERMS = "search_searchterm"
USAGE = "quotas_usage"
# Where a steward may sit: ahead of UTC, behind it, and where clocks jump.
ZONES = ("Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin")
CLOCKS = {
    SERVICES: ("created_at", "retired_at"),
    DEPLOYMENTS: ("created_at", "finished_at"),
    STEPS: ("started_at", "finished_at"),
    CONFIGURATIONS: ("created_at", "published_at", "superseded_at", "discarded_at"),
    HEALTH: ("checked_at", "received_at"),
    FINDINGS: ("detected_at", "resolved_at"),
}


@dataclass
class Aged:
    """One tenant in one environment."""

    tenant: TestTenant
    model: str
    deployments: list[UUID] = field(default_factory=list)
    configurations: list[UUID] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def schema(self) -> str:
        return self.tenant.schema(self.model)

    @property
    def environment(self) -> UUID:
        return self.tenant.environments[self.model]

    def table(self, name: str) -> str:
        return f'"{self.schema}"."{name}"'

    @contextmanager
    def entered(self) -> Iterator[Any]:
        with (
            door.using("owner"),
            enter_tenant(
                self.slug, actor=OPERATOR, environment_id=self.environment, writing=True
            ) as entered,
        ):
            yield entered

    def retire(self, module: str = "cart") -> UUID:
        service = self.tenant.services[self.model][module]
        with self.entered():
            retire_service(service)
        return service

    def release_anew(self, count: int = 1) -> list[UUID]:
        """Deployments, each Completed, each of a configuration of its own."""
        for number in range(count):
            with self.entered():
                configuration = publish_configuration(
                    draft_configuration(payload={"release": number}).id
                )
                deployment = request_deployment(
                    release_ref=f"r{number}", gate="external", steps=["apply"]
                )
                carry_to_completed(deployment, {"apply": b"done"})
            self.configurations.append(configuration.id)
            self.deployments.append(deployment.id)
        return self.deployments

    def resolve(self) -> UUID:
        """The finding that web is not as many as it should be."""
        with self.entered():
            found: UUID = RuntimeDriftFinding.objects.get(status="Open", kind="replicas").id
            resolve_finding(found, reason="it is right so")
        return found

    def age(self, table: str, age: str, where: str = "true") -> None:
        """Moves every clock of these rows to now() less `age`: `90 days`, `90 days 1 us`."""
        with connect("owner") as owner:
            owner.execute("SET LOCAL app.moves_clocks = 'on'")
            moved = ", ".join(
                f"{c} = CASE WHEN {c} IS NOT NULL THEN now() - interval '{age}' END"
                for c in CLOCKS[table]
            )
            owner.execute(
                f"UPDATE {self.table(table)} SET {moved} "
                f"WHERE tenant_id = '{self.slug}' AND {where}".encode()
            )

    def age_all(self, age: str) -> None:
        for table in CLOCKS:
            self.age(table, age)

    def count(self, table: str) -> int:
        with connect("owner") as owner:
            found: int = rows(
                owner, f"SELECT count(*) FROM {self.table(table)} WHERE tenant_id = %s", [self.slug]
            )[0][0]
            return found

    def ids(self, table: str) -> set[UUID]:
        with connect("owner") as owner:
            statement = f"SELECT id FROM {self.table(table)} WHERE tenant_id = %s"
            return {found for (found,) in rows(owner, statement, [self.slug])}

    def why(self, data_class: str, ids: Sequence[UUID] | None = None) -> dict[UUID, str | None]:
        """{row: what keeps it}, as the steward is told."""
        with connect("steward") as steward:
            stand(steward, self.slug)
            found = rows(
                steward,
                "SELECT id, kept_by FROM app.why(%s, %s, %s::uuid[])",
                [self.schema, data_class, ids],
            )
            return dict(found)


def aged(model: str = "pool", name: str = "aged") -> Aged:
    """Commits a tenant that no other test knows, with two services."""
    environment = make_environment(model)
    return Aged(make_tenant(name, {model: environment}), model)


def name_rows(steward: Connection, ids: Sequence[UUID]) -> None:
    named = ",".join(str(i) for i in ids)
    steward.execute(f"SET LOCAL app.purging = '{{{named}}}'".encode())


def purge(
    found: Aged, ids: Sequence[UUID], *tables: tuple[str, str], commit: bool = True
) -> list[int]:
    """How many rows went from each (table, column) for these ids, as the steward."""
    with connect("steward") as steward:
        stand(steward, found.slug)
        name_rows(steward, ids)
        gone = delete(steward, found, ids, *tables)
        if not commit:
            steward.rollback()
        return gone


def delete(
    steward: Connection, found: Aged, ids: Sequence[UUID], *tables: tuple[str, str]
) -> list[int]:
    """In one statement: a service and its policy name each other."""
    parts = ", ".join(
        f"gone{n} AS (DELETE FROM {found.table(table)} WHERE {column} = ANY (%(ids)s) RETURNING 1)"
        for n, (table, column) in enumerate(tables)
    )
    counts = ", ".join(f"(SELECT count(*) FROM gone{n})" for n in range(len(tables)))
    (gone,) = rows(steward, f"WITH {parts} SELECT {counts}", {"ids": list(ids)})
    return list(gone)


SERVICE_TABLES = ((POLICIES, "service_id"), (SERVICES, "id"))
DEPLOYMENT_TABLES = (
    (PRODUCTS, "deployment_id"), (STEPS, "deployment_id"), (DEPLOYMENTS, "id"),
)  # fmt: skip
CONFIGURATION_TABLES = ((CONFIGURATIONS, "id"),)
HEALTH_TABLES = ((HEALTH, "id"),)
FINDING_TABLES = ((TERMS, "object_id"), (FINDINGS, "id"))
