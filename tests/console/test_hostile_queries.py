"""Whatever stands in a list's query string, it is answered, and never with a 500."""

import base64
import json
from typing import Any

import pytest

from apps.core.access import Role
from tests.console.bodies import link_named, row_names
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.world import World

TENANT_LISTS = (
    "services", "deployments", "configurations", "environments", "people",
    "api-clients", "drift", "drift/checks",
    "drift/rules",
)  # fmt: skip
PLATFORM_LISTS = ("tenants", "environments", "bindings", "people")
# Ordered by what may be any text, so that some cursors are but a place between two.
BY_TEXT = ("/platform/tenants/", "/platform/people/", "/t/acme/people/")
LISTS = [f"/t/acme/{name}/" for name in TENANT_LISTS] + [f"/platform/{n}/" for n in PLATFORM_LISTS]


def cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


# Lists that auditors and officers alone read.
LISTS += ["/t/acme/audit/", "/platform/audit/"]
READERS = {
    "/t/acme/audit/": Role.TENANT_AUDITOR,
    "/platform/audit/": Role.GOVERNANCE_OFFICER,
}


def reader(path: str) -> Role:
    """Who may read that list, and not much else."""
    usual = Role.TENANT_VIEWER if path.startswith("/t/") else Role.PLATFORM_VIEWER
    return READERS.get(path, usual)


UUID = "01920000-0000-7000-8000-000000000000"
CURSORS = {
    "garbage": "%%%",
    "letters": "abc",
    "not ASCII": "ü€",
    "not JSON": base64.urlsafe_b64encode(b"\xff\xfe{").decode(),
    "nothing in it": cursor([]),
    "a number": cursor(7),
    "an object": cursor({"0": "n"}),
    "text": cursor("nx"),
    "another direction": cursor(["x", UUID, UUID]),
    "too short": cursor(["n"]),
    "too long": cursor(["n", "a", "b", "c"]),
    "no text in it": cursor(["n", 1, None]),
    "NUL": cursor(["n", "\x00", "\x00"]),
    "half a surrogate pair": cursor(["n", "\ud800", "\ud800"]),
    "deep": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    "huge": cursor(["n", "9" * 200_000]),
    "no ids": cursor(["n", "cart", "cart"]),
    "SQL": cursor(["n", "' OR 1=1 --"]),
}


@pytest.mark.parametrize("text", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_no_page_gave_is_refused_on_a_page(
    world: World, sign_in: SignIn, path: str, text: str
) -> None:
    role = reader(path)
    person = {**world.acme.people, **world.platform}[role]
    answer = sign_in(person).get(path, {"cursor": text})
    expected = {200, 422} if path in BY_TEXT else {422}
    assert answer.status_code in expected
    if answer.status_code == 422:
        assert "is not one that a page of this list gave" in answer.content.decode()


def test_a_cursor_of_another_tenant_shows_nothing_of_it(world: World, sign_in: SignIn) -> None:
    make_services(world.globex, "pool", [f"secret{n:03}" for n in range(60)])
    theirs = sign_in(world.stranger).get("/t/globex/services/")
    following = link_named(theirs, "next").partition("?")[2]
    mine = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"/t/acme/services/?{following}")
    assert mine.status_code == 200
    assert set(row_names(mine)) <= {"cart", "web"}
    assert "secret" not in mine.content.decode()


@pytest.mark.parametrize(
    "name", ["status", "type", "environment", "stage", "isolation", "kind", "severity", "outcome"]
)
@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_choice_is_refused_or_is_no_filter_there(
    world: World, sign_in: SignIn, path: str, name: str
) -> None:
    role = reader(path)
    browser = sign_in({**world.acme.people, **world.platform}[role])
    known = f'name="{name}"' in browser.get(path).content.decode()
    for value in ("Nonsense", "\x00", "'; --", "x" * 100_000, UUID):
        assert browser.get(path, {name: value}).status_code == (422 if known else 200)


def test_the_environment_of_a_neighbour_is_no_choice(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    theirs = world.globex.environments["silo"]
    refused = browser.get("/t/acme/services/", {"environment": str(theirs)})
    assert refused.status_code == 422


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "%%", "\\'", "\x00", "é", "x" * 5000])
@pytest.mark.parametrize("path", LISTS)
def test_special_characters_are_searched_for_as_they_are(
    world: World, sign_in: SignIn, path: str, words: str
) -> None:
    role = reader(path)
    answer = sign_in({**world.acme.people, **world.platform}[role]).get(path, {"q": words})
    assert answer.status_code == 200
    searches = 'id="search"' in answer.content.decode()
    if searches and words != "\x00":
        assert row_names(answer) == []


def test_a_beginning_with_a_special_character_finds_what_begins_so(
    world: World, sign_in: SignIn
) -> None:
    names = ["a%b", "a_b", "a\\b", "a'b", 'a"b', "axb"]
    make_services(world.acme, "silo", names)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for name in names:
        page = browser.get("/t/acme/services/", {"q": name[:2]})
        assert len(row_names(page)) == 1, name
