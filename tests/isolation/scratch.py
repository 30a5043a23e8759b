"""Scratch schemas: the services table copied, with the walls that a test puts up and no others."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from apps.core.ids import uuid7
from apps.core.walls.policies import Policy
from tests.isolation.logins import Connection, connect, role
from tests.world import TestTenant

SERVICES = "services_runtimeservice"


@contextmanager
def scratch() -> Iterator[tuple[Connection, str]]:
    """The owner, in autocommit, and a schema that runtime may look into, dropped at the end."""
    schema = f"scratch_{uuid7().hex[-10:]}"
    with connect("owner", autocommit=True) as owner:
        owner.execute(f"CREATE SCHEMA {schema}".encode())
        owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role('runtime')}".encode())
        try:
            yield owner, schema
        finally:
            # Whoever fails with a transaction open is told why, instead of being waited for.
            owner.execute("SET lock_timeout = '5s'")
            owner.execute(f"DROP SCHEMA {schema} CASCADE".encode())


def put_services(
    owner: Connection, schema: str, tenants: Sequence[TestTenant], policies: Sequence[Policy] | None
) -> str:
    """All services of these tenants in one table, under these policies; None: no row security."""
    target = f"{schema}.{SERVICES}"
    owner.execute(f"CREATE TABLE {target} (LIKE shared.{SERVICES} INCLUDING ALL)".encode())
    for tenant in tenants:
        for model in tenant.environments:
            owner.execute(
                f"""INSERT INTO {target} SELECT * FROM "{tenant.schema(model)}".{SERVICES}
                    WHERE tenant_id = '{tenant.slug}'""".encode()
            )
    if policies is not None:
        put_policies(owner, target, policies)
    owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {target} TO {role('runtime')}".encode())
    return target


def put_policies(owner: Connection, target: str, policies: Sequence[Policy]) -> None:
    owner.execute(f"ALTER TABLE {target} ENABLE ROW LEVEL SECURITY".encode())
    owner.execute(f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY".encode())
    for policy in policies:
        owner.execute(policy.sql(target).encode())
