"""The services of a tenant, over all its partitions."""

from apps.core.access import Role
from apps.services.operations import ServiceSpec, create_services, retire_service, run_service
from tests.console.bodies import row_names, words
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

PATH = "/t/acme/services/"


def test_live_services_of_every_partition_are_there(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert row_names(page) == ["cart"] * 3 + ["web"] * 3


def test_what_is_retired_is_there_when_one_asks_for_it(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "pool"):
        retire_service(world.acme.services["pool"]["web"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert row_names(browser.get(PATH)) == ["cart"] * 3 + ["web"] * 2
    assert row_names(browser.get(PATH, {"status": "Retired"})) == ["web"]


def test_each_filter_narrows_and_can_be_taken_away(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        create_services([ServiceSpec("db", "registry.test/db:1", "1", 1, "database")])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    environment = str(world.acme.environments["silo"])
    page = browser.get(PATH, {"environment": environment, "type": "database", "q": "d"})
    assert row_names(page) == ["db"]
    assert "Type: Database" in words(page)
    text = page.content.decode()
    assert f"{PATH}?environment={environment}&amp;q=d" in text
    assert f'href="{PATH}">Clear all' in text


def test_search_is_by_the_beginning_of_a_name(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "silo", ["payments", "repayments"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert row_names(browser.get(PATH, {"q": " PAY "})) == ["payments"]


def test_nothing_that_matches_is_said_so_with_a_way_out(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH, {"q": "zzz"})
    assert "Nothing matches" in words(page)
    assert "Clear all filters" in words(page)


def test_what_was_not_seen_lately_is_shown_as_stale(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        run_service(world.acme.services["silo"]["cart"])
    environment = str(world.acme.environments["silo"])
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH, {"environment": environment})
    _, _, rows = words(page).partition("Observed")
    assert rows.index("Running") < rows.index("web") < rows.index("Stale")


def test_the_neighbour_sees_nothing_of_it(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "shared", ["only-of-acme"])
    page = sign_in(world.stranger).get("/t/globex/services/")
    assert row_names(page) == ["cart"] * 3 + ["web"] * 3


def test_a_name_that_is_markup_is_shown_as_it_is(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "silo", ["<script>alert(1)</script>"])
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert "<script>alert" not in page.content.decode()
    assert "<script>alert(1)</script>" in words(page)
