"""Every kind of page in a real browser: wide and narrow, light and dark, without a complaint."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.core.access import Role
from apps.core.models import AuditEntry
from tests.admin.sites import PLATFORM, TENANT, list_path, partition_site
from tests.browser.conftest import Site
from tests.browser.visitors import NARROW, WIDE, sign_in, visitor
from tests.console.places import EXPECTED

LOOKS = [
    pytest.param(size, scheme, id=f"{size['width']}-{scheme}")
    for size in (WIDE, NARROW)
    for scheme in ("light", "dark")
]
ENTRANCE = ("/accounts/login/", "/accounts/reset/", "/accounts/reset/sent/", "/accounts/signup/")


# What WCAG 2.2 AA asks for, as far as a machine can tell.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def barriers(page: Any) -> list[str]:
    """What axe-core finds in the way of somebody, a line each: the rule, where, and why."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        " ".join(f"{violation['id']}: {node['target']} {node['failureSummary']}".split())
        for violation in found
        for node in violation["nodes"]
    ]


def open_all(page: Any, complaints: list[str], paths: list[str], scheme: str) -> None:
    met: list[str] = []
    for path in paths:
        answer = page.goto(path)
        assert answer.status == 200, path
        assert complaints == [], path
        width = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width[0] <= width[1], f"{path} scrolls sideways: {width}"
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness = sum(int(float(n)) for n in background.strip("rgba()").split(",")[:3])
        assert (lightness < 384) is (scheme == "dark"), f"{path} is {background}"
        if found := barriers(page):
            met += [f"{path} {scheme} {line}" for line in found]
    assert met == [], "\n".join(met)


def openers() -> dict[Role, list[str]]:
    """Each page under the first role that may open it: a viewer's, an admin's, an auditor's …"""
    found: dict[Role, list[str]] = {role: [] for role in Role}
    for name, codes in EXPECTED.items():
        if name not in PLAIN:
            found[next(role for role in Role if codes[role] == 200)].append(name)
    return {role: names for role, names in found.items() if names}


# For machines, and files to take along: no page.
PLAIN = {
    "healthz",
    "readyz",
    "metrics",
    "deployments:step_log_export",
    "services:service_export",
    "configurations:configuration_export",
    "integrations:manifest_export",
    *(
        f"{of}:certificate_{file}"
        for of in ("retention", "platform_retention")
        for file in ("export", "proof")
    ),
}
OPENERS = openers()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
@pytest.mark.parametrize("role", OPENERS, ids=str)
def test_every_page(chromium: Any, site: Site, role: Role, size: Any, scheme: str) -> None:
    paths = [site.things.path(name) for name in OPENERS[role]] + ["/accounts/password/"]
    with visitor(chromium, site, f"{role}@{site.slug}.test", viewport=size,
                 color_scheme=scheme) as (page, complaints):  # fmt: skip
        open_all(page, complaints, paths, scheme)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_entrance(chromium: Any, site: Site, size: Any, scheme: str) -> None:
    with visitor(chromium, site, viewport=size, color_scheme=scheme) as (page, complaints):
        open_all(page, complaints, list(ENTRANCE), scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_admins_run_under_the_strict_policy(chromium: Any, site: Site, scheme: str) -> None:
    people = {
        f"platform-admin@{site.slug}.test": [
            "/platform/admin/",
            *(list_path(model) for model in PLATFORM if model is not AuditEntry),
        ],
        f"governance-officer@{site.slug}.test": ["/platform/admin/", list_path(AuditEntry)],
        f"tenant-auditor@{site.slug}.test": [
            partition_site(site.slug, "silo"),
            *(list_path(model, partition_site(site.slug, "silo")) for model in TENANT),
        ],
    }
    for email, paths in people.items():
        with visitor(chromium, site, email, viewport=WIDE, color_scheme=scheme) as (page, heard):
            open_all(page, heard, paths, scheme)
            page.goto(paths[1])
            page.click("#result_list tbody th a >> nth=0")
            page.wait_for_url("**/change/**")
            assert heard == []


def test_a_page_of_an_error_fits_a_narrow_screen(chromium: Any, site: Site) -> None:
    with visitor(chromium, site, viewport=NARROW) as (page, _):
        assert page.goto("/nowhere/").status == 404
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert "There is nothing here" in page.inner_text("h1")


# Bytes on the wire of the page and of all it loads.
WEIGHT = """
["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.transferSize, 0)
"""


def test_the_first_page_is_light(chromium: Any, site: Site) -> None:
    """What a browser loads with an empty cache, compressed: at the door, and signed in."""
    with visitor(chromium, site, viewport=WIDE) as (page, _):
        page.goto("/accounts/login/", wait_until="networkidle")
        at_the_door = page.evaluate(WEIGHT)
        sign_in(page, f"tenant-admin@{site.slug}.test")
        page.wait_for_load_state("networkidle")
        signed_in = page.evaluate(WEIGHT)
    assert 5_000 < at_the_door + signed_in < 150_000, (at_the_door, signed_in)
