"""Every search is answered by the index, under the policies, as runtime."""

import re
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.search.models import Kind
from apps.search.operations import forget, index
from apps.services.models import RuntimeService
from tests.console.many import make_services
from tests.console.signed_in import browser_of
from tests.core.doors import inside, run
from tests.world import MODELS, TestTenant, World, make_world

PAGES = {
    # Of the services two: what is called so, and what has such a term.
    "search/?q=car": 5,
    "services/?q=car": 1,
    "services/?q=car&status=Running": 1,
    "deployments/?q=car": 1,
    "configurations/?q=car": 1,
    "drift/?q=car": 1,
}


@pytest.fixture(scope="module")
def crowded(world: World, django_db_blocker: Any) -> TestTenant:
    """With so many services that one index is better than another, and PostgreSQL knows it."""
    with django_db_blocker.unblock():
        name = uuid7().hex[-10:]
        tenant = make_world(f"crowded-{name}", f"beside-{name}").acme
        for model in MODELS:
            make_services(tenant, model, [f"filler-{number}" for number in range(300)])
        with connections["owner"].cursor() as cursor:
            for model in MODELS:
                cursor.execute(f'ANALYZE "{tenant.schema(model)}".services_runtimeservice')
                cursor.execute(f'ANALYZE "{tenant.schema(model)}".search_searchterm')
        return tenant


@pytest.mark.parametrize("path", PAGES)
def test_a_beginning_is_a_condition_of_the_index(
    crowded: TestTenant, committed: None, path: str
) -> None:
    """A policy must be asked before what could leak: only a leakproof operator gets this far."""
    browser = browser_of(crowded.people[Role.TENANT_VIEWER])
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/t/{crowded.slug}/{path}").status_code == 200
    searches = [q["sql"] for q in captured if "search_searchterm" in q["sql"]]
    assert len(searches) == 3  # a partition each
    for model in MODELS:
        with inside(crowded, model, role=Role.TENANT_VIEWER, writing=False):
            run("SET LOCAL enable_seqscan = off")
            run("SET LOCAL enable_bitmapscan = off")
            plan = "\n".join(line for (line,) in run(f"EXPLAIN {searches[0]}"))
        bounds = re.findall(r"Index Cond: .*\b(?:term|module_id)\)?(?:::text)? >= 'car'", plan)
        assert len(bounds) == PAGES[path], plan
        assert "Seq Scan on search_searchterm" not in plan


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_indexing_again_writes_nothing_and_forgetting_takes_the_terms_alone(
    world: World, rolled_back: None, model: str
) -> None:
    with inside(world.acme, model):
        rows = list(RuntimeService.objects.all())
        before = run("SELECT id, term FROM search_searchterm ORDER BY id")
        with CaptureQueriesContext(connection) as captured:
            index(rows)
        assert [q["sql"] for q in captured if not q["sql"].startswith("SELECT")] == [
            q["sql"] for q in captured if "SAVEPOINT" in q["sql"]
        ]
        assert run("SELECT id, term FROM search_searchterm ORDER BY id") == before
        gone = world.acme.services[model]["cart"]
        forget(Kind.SERVICE, [gone])
        left = run("SELECT DISTINCT object_id FROM search_searchterm WHERE object_type = 'service'")
        assert left == [(world.acme.services[model]["web"],)]
        assert RuntimeService.objects.count() == 2
