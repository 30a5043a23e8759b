"""Every search is answered by the index, under the policies, as runtime."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.search.models import Kind
from apps.search.operations import forget, index
from apps.services.models import RuntimeService
from tests.console.signed_in import SignIn
from tests.core.doors import inside, run
from tests.world import World

PAGES = {
    # Of the services two: what is called so, and what has such a term.
    "search/?q=car": 5,
    "services/?q=car": 1,
    "services/?q=car&status=Running": 1,
    "deployments/?q=car": 1,
    "configurations/?q=car": 1,
    "drift/?q=car": 1,
}


@pytest.mark.parametrize("path", PAGES)
def test_a_beginning_is_a_condition_of_the_index(world: World, sign_in: SignIn, path: str) -> None:
    """A policy must be asked before what could leak: only a leakproof operator gets this far."""
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/t/acme/{path}").status_code == 200
    searches = [q["sql"] for q in captured if "search_searchterm" in q["sql"]]
    assert len(searches) == 3  # a partition each
    run("SET LOCAL enable_seqscan = off")
    run("SET LOCAL enable_bitmapscan = off")
    for model in ("silo", "pool", "shared"):
        with inside(world.acme, model, role=Role.TENANT_VIEWER, writing=False):
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
