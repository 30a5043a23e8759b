"""Every link on every page leads somewhere, and no page of them has anything inline."""

import re

import pytest
from django.http import HttpResponse

from apps.core.access import Role
from tests.console.bodies import elements
from tests.console.crawler import crawl
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.world import World

POLICY = {
    "default-src": "'self'", "script-src": "'self'", "style-src": "'self'",
    "img-src": "'self' data:", "frame-ancestors": "'none'", "form-action": "'self'",
    "base-uri": "'none'", "object-src": "'none'",
}  # fmt: skip


def check(url: str, origin: str, answer: HttpResponse) -> None:
    """What holds for every answer of the portal."""
    where = f"{url} (from {origin})"
    assert answer.status_code in (200, 302), f"{where}: {answer.status_code}"
    check_headers(answer, where)
    if "text/html" in answer["Content-Type"]:
        check_markup(answer, where)


def check_headers(answer: HttpResponse, where: str) -> None:
    given = [part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";")]
    assert {name: value for name, _, value in given} == POLICY, where
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answer["X-Request-ID"]), where
    assert answer["X-Frame-Options"] == "DENY", where
    assert answer["X-Content-Type-Options"] == "nosniff", where
    assert answer["Referrer-Policy"] == "same-origin", where


def check_markup(answer: HttpResponse, where: str) -> None:
    """Nothing that the policy would stop, nothing from another host."""
    for tag, attributes, _ in elements(answer):
        assert tag != "style", where
        if tag == "script" and attributes.get("type") != "application/json":
            assert re.match(r"/[^/]", attributes.get("src", "")), where
        names = [n for n in attributes if n == "style" or re.fullmatch(r"on[a-z]+", n)]
        assert not names, f"{where}: <{tag} {names}>"
        for name in ("href", "src", "action"):
            value = attributes.get(name, "")
            assert not re.match(r"(https?:)?//|javascript:|data:", value), f"{where}: {value}"


@pytest.mark.parametrize("role", [Role.TENANT_ADMIN, Role.TENANT_AUDITOR], ids=str)
def test_every_link_that_people_of_a_tenant_see_leads_somewhere(
    world: World, sign_in: SignIn, role: Role
) -> None:
    make_services(world.acme, "silo", [f"s{n:02}" for n in range(45)])
    found = {}
    for origin, url, answer in crawl(sign_in(world.acme.people[role]), "/"):
        check(url, origin, answer)
        found[url] = answer
    paths = "\n".join(found)
    for part in ("/services/", "/steps/", "/configurations/", "/admin/pool/deployments/"):
        assert part in paths
    assert "globex" not in paths
    assert "/platform/" not in paths
    texts = "".join(answer.getvalue().decode() for answer in found.values())
    assert "globex" not in texts.lower()


@pytest.mark.parametrize("role", [Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER], ids=str)
def test_every_link_that_people_of_the_platform_see_leads_somewhere(
    world: World, sign_in: SignIn, role: Role
) -> None:
    found = {}
    for origin, url, answer in crawl(sign_in(world.platform[role]), "/"):
        check(url, origin, answer)
        found[url] = answer
    paths = "\n".join(found)
    for part in (
        "/platform/tenants/acme/",
        "/platform/bindings/",
        "/platform/admin/people/person/",
    ):
        assert part in paths
    # Who may only look is offered no form.
    assert ("/platform/tenants/new/" in paths) is (role == Role.PLATFORM_ADMIN)
    assert ("/suspend/" in paths) is (role == Role.PLATFORM_ADMIN)


def test_every_link_that_nobody_sees_leads_somewhere(world: World, sign_in: SignIn) -> None:
    browser = sign_in(None)
    for start in ("/", "/accounts/signup/", "/accounts/reset/sent/", "/accounts/inactive/"):
        for origin, url, answer in crawl(browser, start):
            check(url, origin, answer)


def test_pages_of_errors_are_as_strict(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    for path, code in (
        ("/nowhere/", 404), ("/platform/tenants/new/", 403), ("/platform/tenants/?cursor=x", 422),
    ):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == code
        check_headers(answer, path)
        check_markup(answer, path)
