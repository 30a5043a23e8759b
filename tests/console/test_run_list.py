"""A tenant's runs of the purge: those that are certified, newest first."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from tests.console.bodies import links, row_names
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn, browser_of
from tests.retention.disposed import dispose
from tests.world import World

PATH = "/t/acme/retention/runs/"


def test_an_auditor_sees_their_runs_with_their_certificates(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(PATH)
    disposed = world.acme.disposed
    assert row_names(page) == [str(disposed["run"])[-8:]]
    for path in (f"runs/{disposed['run']}/", f"certificates/{disposed['certificate']}/"):
        assert f"/t/acme/retention/{path}" in links(page)
    assert str(world.globex.disposed["certificate"]) not in page.content.decode()


def test_its_pages_lead_there_and_back_and_cost_the_same(fresh: Callable[[], World]) -> None:
    found = fresh().acme
    browser = browser_of(found.people[Role.TENANT_AUDITOR])
    path = f"/t/{found.slug}/retention/runs/"

    def cost() -> int:
        browser.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    few = cost()
    for _ in range(51):
        dispose(found.slug)
    assert [len(page) for page in there_and_back(browser, path)] == [50, 2]
    assert cost() == few


def test_who_may_not_read_retention_finds_no_way_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.get(PATH).status_code == 403
    assert sign_in(world.stranger).get(PATH).status_code == 404
