"""The overview in a browser: its panels come by themselves, and a cell opens."""

import os
from typing import Any

import pytest

from apps.core.access import Role
from tests.browser.conftest import Site
from tests.browser.visitors import NARROW, WIDE, visitor


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_panels_come_and_a_cell_opens_without_a_complaint(
    chromium: Any, site: Site, size: dict[str, int], scheme: str
) -> None:
    email = site.world.acme.people[Role.TENANT_OPERATOR].email
    with visitor(chromium, site, email, viewport=size, color_scheme=scheme) as (page, complaints):
        page.goto(f"/t/{site.slug}/")
        page.wait_for_selector("#grid table")
        page.wait_for_selector("#waiting ul")
        page.wait_for_selector("#changes ul")
        page.click("#grid tbody td a >> nth=0")
        page.wait_for_selector("#opened table")
        assert page.locator("#grid #opened").count() == 1
        overflow = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(overflow) <= 0
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/home-{size['width']}-{scheme}.png")
        assert complaints == []
