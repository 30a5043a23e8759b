"""A filter of a list is answered by the index made for it, among 100,000 rows, as runtime."""

import re
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.ids import uuid7
from apps.tenant_bindings.context import enter_tenant
from benchmarks.filling import Filled, make_tenant
from tests.api.caller import Caller, token_of
from tests.core.doors import run
from tests.world import OPERATOR

ROWS = 100_000
# {query: the index}; {0} is an environment of few rows, hardly any of which are so, as a fifth of
# the other's are.
ASKED = {
    "configurations?status=Published": "configuration_by_status",
    "configurations?status=Discarded&environmentId={0}": "configuration_status_here",
    "deployments?status=RolledBack": "deployment_by_status",
    "deployments?status=Failed&environmentId={0}": "deployment_status_here",
}
_CONFIGURATIONS = """
INSERT INTO "{0}".configurations_runtimeconfiguration (id, tenant_id, environment_id, version,
  status, payload, checksum, created_by, published_at, superseded_at, discarded_at)
SELECT gen_random_uuid(), %(tenant)s, (%(places)s::uuid[])[1 + (n %% 25 = 0)::int], n + 10, s,
  '{{}}', repeat('a', 64), '', CASE s WHEN 'Superseded' THEN now() END,
  CASE s WHEN 'Superseded' THEN now() END, CASE s WHEN 'Discarded' THEN now() END
FROM generate_series(1, %(rows)s) n,
  LATERAL (SELECT CASE WHEN n %% 5 = 1 OR n %% 2500 = 0 THEN 'Discarded' ELSE 'Superseded' END s) x
"""
_DEPLOYMENTS = """
INSERT INTO "{0}".deployments_runtimedeployment (id, tenant_id, environment_id, release_ref,
  strategy, status, gate, configuration_id, requested_by, reason, finished_at)
SELECT gen_random_uuid(), %(tenant)s, (%(places)s::uuid[])[1 + (n %% 25 = 0)::int], 'r', 'rolling',
  CASE WHEN n %% 5 = 1 OR n %% 2500 = 0 THEN 'Failed' WHEN n %% 1000 = 2 THEN 'RolledBack'
    ELSE 'Completed' END,
  'external', (%(published)s::uuid[])[1 + (n %% 25 = 0)::int], '', '', now()
FROM generate_series(1, %(rows)s) n
"""


@pytest.fixture(scope="module")
def crowded(world: object, django_db_blocker: Any) -> Filled:
    with django_db_blocker.unblock():
        filled = make_tenant(f"crowded-{uuid7().hex[-10:]}", 10)
        with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
            _fill(cursor, filled)
        return filled


def _fill(cursor: Any, filled: Filled) -> None:
    places = list(filled.environments[:2])
    configurations = f'"{filled.schema}".configurations_runtimeconfiguration'
    deployments = f'"{filled.schema}".deployments_runtimedeployment'
    published = []
    for place in places:
        cursor.execute(
            f"SELECT id FROM {configurations} WHERE environment_id = %s AND status = 'Published'",
            [place],
        )
        published.append(cursor.fetchone()[0])
    given = {"tenant": filled.slug, "places": places, "published": published, "rows": ROWS}
    for table, statement in ((configurations, _CONFIGURATIONS), (deployments, _DEPLOYMENTS)):
        # Guards and keys are not what is asked here, and take most of the time.
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement.format(filled.schema), given)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(f"ANALYZE {table}")


@pytest.mark.parametrize(("query", "index"), ASKED.items())
def test_the_index_bounds_what_is_read(
    crowded: Filled, committed: None, query: str, index: str
) -> None:
    caller = Caller(token_of(crowded.slug))
    with CaptureQueriesContext(connection) as captured:
        answer = caller.get(f"/{query.format(crowded.environments[1])}")
    assert answer.status_code == 200, answer.data
    table = "runtimeconfiguration" if "configurations" in query else "runtimedeployment"
    [statement] = [
        q["sql"] for q in captured if f'FROM "{query.split("?")[0]}_{table}"' in q["sql"]
    ]
    place = crowded.environments[1]
    with enter_tenant(crowded.slug, actor=OPERATOR, environment_id=place):
        plan = "\n".join(line for (line,) in run(f"EXPLAIN (ANALYZE, BUFFERS) {statement}"))
    assert f"Index Scan using {index} " in plan, plan
    assert "Sort" not in plan
    assert "Seq Scan on" not in plan.split("InitPlan")[0]
    # Hardly more is read than is shown: nothing is walked over to be thrown away.
    removed = [int(n) for n in re.findall(r"Rows Removed by Filter: (\d+)", plan)]
    assert sum(removed) < 60, plan
