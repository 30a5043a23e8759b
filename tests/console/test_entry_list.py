"""A tenant's audit trail: every chain of it in one list, for its auditors."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.core import audit, door
from apps.core.access import Actor, Role
from apps.services.operations import run_service, stop_service
from apps.tenant_bindings.context import enter_tenant
from tests.console.bodies import links, row_names, words
from tests.console.paging import there_and_back
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside, on_platform, run
from tests.world import MODELS, World

PATH = "/t/acme/audit/"


def auditor(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acme.people[Role.TENANT_AUDITOR])


def tell(world: World, model: str, count: int, action: str = "test.told") -> None:
    with inside(world.acme, model):
        for number in range(count):
            audit.record(action, object_type="test", object_id=f"{model}-{number:03}")


def tell_in_the_control_plane(world: World, action: str) -> None:
    with on_platform(world):
        audit.record(action, object_type="test", object_id="control", tenant_id="acme")


def test_it_shows_every_partition_and_the_control_plane_newest_first(
    world: World, sign_in: SignIn
) -> None:
    for model in MODELS:
        tell(world, model, 1, f"in_{model}.told")
    tell_in_the_control_plane(world, "in_public.told")
    shown = row_names(auditor(world, sign_in).get(PATH))
    assert shown[:4] == ["in_public.told", "in_shared.told", "in_pool.told", "in_silo.told"]
    assert "services.applied" in shown


def test_its_pages_lead_there_and_back_across_chains(world: World, sign_in: SignIn) -> None:
    for model in MODELS:
        tell(world, model, 40)
    tell_in_the_control_plane(world, "test.told")
    pages = there_and_back(auditor(world, sign_in), f"{PATH}?action=test.told")
    assert [len(page) for page in pages] == [50, 50, 21]


def test_nothing_of_a_neighbour_is_in_it(world: World, sign_in: SignIn) -> None:
    with inside(world.globex, "shared"):
        audit.record("theirs.told", object_type="test", object_id="secret")
    with on_platform(world):
        audit.record("theirs.told", object_type="test", object_id="secret", tenant_id="globex")
    text = words(auditor(world, sign_in).get(f"{PATH}?action=theirs"))
    assert "Nothing matches" in text
    assert "secret" not in words(auditor(world, sign_in).get(PATH))


FOUND = {
    "?action=service.st": {"service.stopped"},
    "?action=service.stopped": {"service.stopped"},
    "?object=service": {"service.stopped", "service.running"},
    "?kind=machine": {"worked.told"},
    "?kind=worker": {"worked.told"},
    "?kind=client": set(),
    "?action=service.&kind=human": {"service.stopped", "service.running"},
    "?actor=tenant-operator@acme.test": {"service.stopped", "service.running"},
    "?actor=Tenant-Operator@acme.test&action=service.r": {"service.running"},
    "?actor=nobody@nowhere.test": set(),
    "?actor=nonsense": set(),
    "?from=2999-01-01": set(),
    "?until=2001-01-01": set(),
    "?from=2001-01-01&until=2001-02-01": set(),
    "?action=%00service.st": {"service.stopped"},
}


@pytest.mark.parametrize("query", FOUND)
def test_filters_narrow_it(world: World, sign_in: SignIn, query: str) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        run_service(things.service)
        stop_service(things.service)
    with enter_tenant("acme", actor=Actor("worker", label="w"), writing=True):
        audit.record("worked.told", object_type="test", object_id="1")
    answer = auditor(world, sign_in).get(PATH + query)
    assert set(row_names(answer)) == FOUND[query]
    assert "Clear all" in words(answer)


def test_days_are_whole_days_and_a_claimed_time_counts_where_there_is_one(
    world: World, sign_in: SignIn
) -> None:
    tell(world, "silo", 1, "today.told")
    today = str(run("SELECT now()::date")[0][0])
    browser = auditor(world, sign_in)
    assert "today.told" in row_names(browser.get(PATH, {"from": today, "until": today}))


def test_an_object_is_found_by_the_beginning_of_its_id(world: World, sign_in: SignIn) -> None:
    tell(world, "pool", 12)
    shown = row_names(auditor(world, sign_in).get(PATH, {"q": "pool-01"}))
    assert len(shown) == 2


def test_an_environment_narrows_it(world: World, sign_in: SignIn) -> None:
    environment = world.acme.environments["silo"]
    page = auditor(world, sign_in).get(PATH, {"environment": str(environment)})
    shown = row_names(page)
    assert {"binding.requested", "services.applied"} <= set(shown)
    assert auditor(world, sign_in).get(PATH, {"environment": "x"}).status_code == 422


@pytest.mark.parametrize("query", ["?from=yesterday", "?until=31.12.2026", "?from=2026-02-30"])
def test_what_is_no_date_is_refused_by_name(world: World, sign_in: SignIn, query: str) -> None:
    answer = auditor(world, sign_in).get(PATH + query)
    assert answer.status_code == 422
    assert "write it as 2026-03-31" in words(answer)


def test_the_last_day_of_all_is_a_day_too(world: World, sign_in: SignIn) -> None:
    assert auditor(world, sign_in).get(f"{PATH}?until=9999-12-31").status_code == 200


def test_auditors_alone_see_the_way_there(world: World, sign_in: SignIn) -> None:
    assert PATH in links(auditor(world, sign_in).get("/t/acme/"))
    for role in (Role.TENANT_VIEWER, Role.TENANT_ADMIN, Role.TENANT_OPERATOR):
        assert PATH not in links(sign_in(world.acme.people[role]).get("/t/acme/"))


def test_a_refusal_stands_where_the_person_stood(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH).status_code == 403
    page = auditor(world, sign_in).get(f"{PATH}?action=access.refused")
    assert row_names(page) == ["access.refused"]
    assert "tenant-viewer@acme.test" in words(page)


def test_a_person_who_was_forgotten_is_shown_as_erased(fresh: Callable[[], World]) -> None:
    world = fresh()
    operator = world.acme.people[Role.TENANT_OPERATOR]
    path = f"/t/{world.acme.slug}/audit/?action=test.told"
    with inside(world.acme, "shared"):
        audit.record("test.told", object_type="test", object_id="1", reason="stays")
    browser = browser_of(world.acme.people[Role.TENANT_AUDITOR])
    assert operator.email in words(browser.get(path))
    with door.using("owner"), inside(world.acme, "shared"):
        audit.forget_person(operator.id)
    page = words(browser.get(path))
    assert "erased" in page
    assert "stays" in page
    assert operator.email not in page
