"""The list of findings: what is open, of which environment, and what hides some of them."""

import pytest

from apps.core.access import Role
from apps.drift_findings.operations import acknowledge_finding, create_ignore_rule, resolve_finding
from tests.console.bodies import row_names, words
from tests.console.drift import place
from tests.console.many import make_drift
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import in_days, look
from tests.world import World

LIST = "/t/acme/drift/"
WEB = "/services/web/replicas"


def test_it_shows_what_is_expected_and_what_was_observed(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(LIST)
    assert row_names(page) == [WEB] * 3  # in each of acme's environments
    assert "Warning" in words(page)
    assert "<del>3</del>" in page.content.decode()
    assert "<ins>5</ins>" in page.content.decode()


def test_open_acknowledged_and_resolved_are_apart(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        [web, cart] = look(cart=("registry.test/cart:2.0", 2), web=("x/web:1.0", 3)).unresolved
        acknowledge_finding(web.id, reason="known")
        resolve_finding(cart.id, reason="mended")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    here = f"&environment={things.environment}"
    assert row_names(browser.get(f"{LIST}?{here}")) == []
    assert len(row_names(browser.get(f"{LIST}?status=Acknowledged{here}"))) == 1
    resolved = browser.get(f"{LIST}?status=Resolved{here}")
    assert len(row_names(resolved)) == 2
    assert "by itself" in words(resolved)
    assert "by hand" in words(resolved)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=image", ["/services/cart/image"]),
        ("kind=replicas", [WEB]),
        ("severity=critical", ["/services/cart/image"]),
        ("severity=info", []),
        ("q=ca", ["/services/cart/image"]),
        ("q=WEB", [WEB]),
        ("q=nobody", []),
        ("kind=replicas&severity=warning&q=w", [WEB]),
    ],
)
def test_filters_and_the_search_narrow_it(
    world: World, sign_in: SignIn, query: str, expected: list[str]
) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        look(cart=("registry.test/cart:2.0", 2), web=("registry.test/web:1.0", 5))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(f"{LIST}?environment={things.environment}&{query}")
    assert row_names(page) == expected


def test_what_is_hidden_is_shown_as_hidden_with_its_rule(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        create_ignore_rule(
            kind="replicas", reason="scaled by hand", owner="team web", expires_at=in_days(3)
        )
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(
        f"{LIST}?environment={things.environment}"
    )
    assert row_names(page) == [WEB]
    assert "hidden: scaled by hand" in words(page)
    assert "team web, until" in page.content.decode()


def test_it_pages_there_and_back_over_every_partition(world: World, sign_in: SignIn) -> None:
    for model in ("silo", "pool"):
        make_drift(world.acme, model, 40)
    pages = there_and_back(sign_in(world.acme.people[Role.TENANT_VIEWER]), LIST)
    # The strays of two environments, the web of the third; where strays are, web is in line.
    assert [len(page) for page in pages] == [50, 31]


def test_the_neighbours_findings_are_not_in_it(world: World, sign_in: SignIn) -> None:
    with inside(world.globex, "shared"):
        look(cart=("registry.test/secret:2.0", 2))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(LIST)
    assert "secret" not in words(page)


def test_who_searches_for_nothing_that_is_there_is_told(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{LIST}?status=Resolved")
    assert "Nothing matches" in words(page)


def test_the_tabs_say_how_many_in_all_partitions(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        [web] = look(web=("x/web:1.0", 3)).unresolved
        acknowledge_finding(web.id, reason="known")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for path in (LIST, f"{LIST}checks/", f"{LIST}rules/"):
        tabs = browser.get(path, headers={"HX-Request": "true", "HX-Target": "tabs"})
        assert "Open 2 Acknowledged 1 Resolved 1 Checks Ignore rules" in words(tabs)
        assert "hx-get" not in tabs.content.decode()  # it asks once
