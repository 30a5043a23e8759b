"""What all lists have in common: counts that come by themselves, columns that a person chooses."""

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.core import lists
from apps.core.access import Role
from apps.people.models import Person
from apps.services.operations import ServiceSpec, create_services, retire_service, stop_service
from tests.console.bodies import elements, row_names, words
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

PATH = "/t/acme/services/"
TENANT_LISTS = ("services", "deployments", "configurations", "scaling", "drift", "drift/checks",
                "drift/rules", "health", "audit")  # fmt: skip
PLATFORM_LISTS = ("/platform/bindings/", "/platform/audit/")


def counts(browser: Client, path: str) -> HttpResponse:
    answer = browser.get(path, headers={"HX-Request": "true", "HX-Target": "total"})
    assert answer.status_code == 200
    return answer


def total(answer: HttpResponse) -> str:
    return next(text.strip() for tag, given, text in elements(answer) if given.get("id") == "total")


def beside(answer: HttpResponse, name: str) -> dict[str, str]:
    """{choice: its count} of one filter."""
    found, inside_it = {}, False
    for tag, given, text in elements(answer):
        if tag == "select":
            inside_it = given["name"] == name
        elif tag == "option" and inside_it:
            found[given["value"]] = text.partition("(")[2].rstrip(") \n")
    return found


def test_a_list_tells_how_many_match_and_how_many_each_filter_would_leave(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme, "pool"):
        create_services([ServiceSpec("db", "registry.test/db:1", "1", 1, "database")])
        stop_service(world.acme.services["pool"]["web"])
        retire_service(world.acme.services["pool"]["cart"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    whole = counts(browser, PATH)
    assert total(whole) == "6"
    statuses = beside(whole, "status")
    assert (statuses["Pending"], statuses["Stopped"], statuses["Retired"]) == ("5", "1", "1")
    assert beside(whole, "type")["database"] == "1"
    assert beside(whole, "environment")[str(world.acme.environments["silo"])] == "2"
    # Each filter is counted under all others, and not under itself.
    narrowed = counts(browser, f"{PATH}?type=database&status=Stopped")
    assert total(narrowed) == "0"
    assert beside(narrowed, "type") == {**dict.fromkeys(beside(whole, "type"), "0"), "": "",
                                        "microservice": "0", "other": "1"}  # fmt: skip
    assert beside(narrowed, "status")["Pending"] == "1"


def test_words_and_what_a_page_shows_count_alike(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "silo", [f"s{n:03}" for n in range(60)])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert total(counts(browser, f"{PATH}?q=s0")) == "60"
    assert total(counts(browser, f"{PATH}?q=s00")) == "10"
    page = browser.get(PATH)
    assert "50+ services" in words(page)  # until the count has come
    assert 'hx-trigger="load"' in page.content.decode()


def test_a_count_is_exact_to_its_limit_and_says_so_beyond(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "EXACT", 6)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert total(counts(browser, PATH)) == "6"
    assert beside(counts(browser, PATH), "status")["Pending"] == "6"
    make_services(world.acme, "silo", ["one-more"])
    beyond = counts(browser, PATH)
    assert total(beyond) == "6+"
    assert set(beside(beyond, "status").values()) == {""}  # how a part divides says nothing
    assert [lists.shown_count(n) for n in (0, 7)] == ["0", "6+"]


def test_numbers_have_their_thousands_apart() -> None:
    assert [lists.shown_count(n) for n in (3412, 10_000, 10_001)] == ["3,412", "10,000", "10,000+"]


def test_the_neighbours_rows_are_not_counted(world: World, sign_in: SignIn) -> None:
    before = total(counts(sign_in(world.stranger), "/t/globex/services/"))
    make_services(world.acme, "shared", ["only-of-acme"])
    assert total(counts(sign_in(world.stranger), "/t/globex/services/")) == before == "6"
    headers = {"HX-Request": "true", "HX-Target": "total"}
    assert sign_in(world.stranger).get(PATH, headers=headers).status_code == 404


@pytest.mark.parametrize("path", [f"/t/acme/{name}/" for name in TENANT_LISTS])
def test_every_list_of_a_tenant_counts_what_it_shows(
    world: World, sign_in: SignIn, path: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    shown = browser.get(path).content.decode().partition("<tbody>")[2].count("<tr")
    told = int(total(counts(browser, path)))
    assert told == shown or told > shown == 50
    assert told > 0


@pytest.mark.parametrize("path", PLATFORM_LISTS)
def test_every_list_of_the_platform_counts_too(world: World, sign_in: SignIn, path: str) -> None:
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    assert int(total(counts(browser, path)).rstrip("+").replace(",", "")) > 0


def choose(browser: Client, shown: list[str], **given: object) -> HttpResponse:
    return browser.post(
        "/accounts/columns/",
        {"list_name": "services:service_list", "next": f"{PATH}?q=c", "shown": shown,
         "columns": ["Live state", "Version", "Replicas"], **given},
    )  # fmt: skip


def test_a_person_chooses_columns_for_themself_alone(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    answer = choose(browser, ["Version"])
    assert (answer.status_code, answer["Location"]) == (302, f"{PATH}?q=c")
    heads = [text.strip() for tag, _, text in elements(browser.get(PATH)) if tag == "th"]
    assert "Version" in heads
    assert not {"Live state", "Replicas"} & set(heads)
    cells = browser.get(PATH).content.decode()
    assert 'data-label="Version"' in cells
    assert 'data-label="Replicas"' not in cells
    # What is not named in the choice stays as it is, and so do others' lists.
    assert "Environment" in heads
    other = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(PATH)
    assert 'data-label="Replicas"' in other.content.decode()
    choose(browser, ["Live state", "Version", "Replicas"])
    assert 'data-label="Replicas"' in browser.get(PATH).content.decode()


def test_every_column_of_every_list_can_be_hidden(world: World, sign_in: SignIn) -> None:
    for role, path in [
        *((Role.TENANT_AUDITOR, f"/t/acme/{name}/") for name in TENANT_LISTS),
        *((Role.GOVERNANCE_OFFICER, path) for path in PLATFORM_LISTS),
    ]:
        browser = sign_in({**world.acme.people, **world.platform}[role])
        page = browser.get(path)
        boxes = [given for tag, given, _ in elements(page) if given.get("name") == "columns"]
        if not boxes:
            continue
        names = {given.get("value") for _, given, _ in elements(page)
                 if given.get("name") == "list_name"}  # fmt: skip
        browser.post("/accounts/columns/", {
            "list_name": names.pop(), "next": path, "shown": [],
            "columns": [box["value"] for box in boxes],
        })  # fmt: skip
        left = browser.get(path)
        assert row_names(left) == row_names(page)
        cells = {given["data-label"] for _, given, _ in elements(left) if "data-label" in given}
        assert cells <= {"Tenant", "Environment"} if "platform" in path else not cells


@pytest.mark.parametrize(
    "given",
    [
        {"list_name": ""},
        {"list_name": "services:service_list\x00"},
        {"list_name": "x" * 50 + ":y"},
        {"columns": ["x" * 41]},
        {"columns": ["\x00"]},
        {"columns": [str(n) for n in range(41)]},
    ],
    ids=str,
)
def test_what_no_list_asked_is_refused(
    world: World, sign_in: SignIn, given: dict[str, object]
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert choose(browser, [], **given).status_code == 422
    assert Person.objects.get(id=world.acme.people[Role.TENANT_VIEWER].id).hidden_columns == {}


def test_nobody_is_led_elsewhere_and_a_get_changes_nothing(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for there in ("//evil.test/", "https://evil.test/", "javascript:alert(1)", ""):
        assert choose(browser, [], next=there)["Location"] == "/"
    assert browser.get("/accounts/columns/").status_code == 405
    assert sign_in(None).post("/accounts/columns/").status_code == 302


def test_choices_of_no_end_of_lists_are_refused(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    answers = [choose(browser, [], list_name=f"list:{chr(97 + n % 26)}{chr(97 + n // 26)}")
               .status_code for n in range(61)]  # fmt: skip
    assert answers == [302] * 60 + [409]
