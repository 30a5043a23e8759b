"""What all parts of the inspection share: findings, relations, and what each schema is."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.core.walls import SPARE
from apps.core.walls.grants import ENVIRONMENT_TABLES, PARTITION_TABLES, UNWALLED
from apps.core.walls.inspect_exceptions import PARTITION_UNWALLED
from apps.core.walls.policies import CONTROL_PLANE, roles

Plane = Literal["control", "partition"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is not as the code says: by a rule with a stable name, about an object."""

    rule: str
    object: str
    message: str


@dataclass(frozen=True)
class Relation:
    """A table, view or sequence. `root` is the table that it is a part of, or its own name."""

    oid: int
    schema: str
    name: str
    kind: str
    owner: str
    root: str
    is_part: bool
    row_security: bool
    forced: bool
    options: Sequence[str] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


# No system schema, nothing of an extension: those belong to the superuser.
_USER_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NOT_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{0}'::regclass "
    "AND d.objid = {1}.oid AND d.deptype = 'e')"
)

_RELATIONS = f"""
WITH RECURSIVE top(oid, root) AS (
  SELECT c.oid, c.oid FROM pg_class c
  WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)
  UNION ALL
  SELECT i.inhrelid, top.root FROM pg_inherits i JOIN top ON top.oid = i.inhparent
)
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text,
       pg_get_userbyid(c.relowner)::text, r.relname::text, r.oid <> c.oid,
       c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions, '{{}}')::text[]
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN top ON top.oid = c.oid JOIN pg_class r ON r.oid = top.root
WHERE {_USER_SCHEMAS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND {_NOT_EXTENSION.format("pg_class", "c")}
ORDER BY 2, 3
"""

_PARTITIONS = """
SELECT schema_name::text FROM public.tenants_datapartition
UNION SELECT nspname::text FROM pg_catalog.pg_namespace WHERE starts_with(nspname, %s)
"""

KINDS = {"v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence"}


class Catalog:
    """The cursor, what was read once, and what was found."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.findings: list[Finding] = []
        self.used: set[Hashable] = set()
        self.roles = roles()
        self.relations = [Relation(*row) for row in self.rows(_RELATIONS)]
        self.partitions = {name for (name,) in self.rows(_PARTITIONS, [SPARE])}

    def rows(self, sql: str, parameters: Sequence[Any] | None = None) -> list[Any]:
        self.cursor.execute(sql, parameters)
        found: list[Any] = self.cursor.fetchall()
        return found

    def find(self, rule: str, about: object, message: str) -> None:
        self.findings.append(Finding(rule, str(about), message))

    def excepted(self, table: Mapping[Any, str], key: Hashable) -> bool:
        """Whether an exception stands for this; notes that it was needed."""
        if key not in table:
            return False
        self.used.add(key)
        return True

    def plane(self, schema: str) -> Plane | None:
        """None for a schema that the code does not know."""
        if schema == "public":
            return "control"
        return "partition" if schema in self.partitions else None

    def tables(self) -> list[Relation]:
        return [r for r in self.relations if r.kind in "rp"]

    def is_walled(self, relation: Relation) -> bool:
        """Whether row security must stand on it: known to the code as a table of tenants."""
        plane = self.plane(relation.schema)
        if plane == "control":
            return relation.root in CONTROL_PLANE
        return plane == "partition" and (
            relation.root in ENVIRONMENT_TABLES or relation.root in PARTITION_TABLES
        )

    def is_unwalled(self, relation: Relation) -> bool:
        """Whether it is in a list of tables without walls."""
        plane = self.plane(relation.schema)
        if plane == "control":
            return relation.root in UNWALLED
        return plane == "partition" and self.excepted(PARTITION_UNWALLED, relation.root)
