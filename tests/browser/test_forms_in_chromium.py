"""A form in a real browser: a field is validated as one leaves it, and nothing else moves."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.visitors import WIDE, visitor

PATH = "/platform/tenants/new/"


def test_a_field_is_validated_as_one_leaves_it(chromium: Any, site: Site) -> None:
    who = f"platform-admin@{site.slug}.test"
    with visitor(chromium, site, who, viewport=WIDE) as (page, heard):
        page.goto(PATH)
        page.fill("input[name=tenant_id]", "Not A Slug")
        page.press("input[name=tenant_id]", "Tab")
        expect(page.locator("#field-tenant_id .errorlist")).to_be_visible()
        assert page.input_value("input[name=tenant_id]") == "Not A Slug"
        assert page.evaluate("document.activeElement.name") == "name"
        assert page.locator("#field-name .errorlist").count() == 0  # not asked for yet
        page.fill("input[name=tenant_id]", "a-slug")
        page.press("input[name=tenant_id]", "Tab")
        expect(page.locator("#field-tenant_id .errorlist")).to_have_count(0)
        assert page.url == site.address + PATH
        assert heard == []


def test_without_javascript_the_same_form_is_refused_with_its_reasons(
    chromium: Any, site: Site
) -> None:
    who = f"platform-admin@{site.slug}.test"
    with visitor(chromium, site, who, java_script_enabled=False) as (page, _):
        page.goto(PATH)
        page.fill("input[name=tenant_id]", "Not A Slug")
        page.click("main button[type=submit]")
        assert page.input_value("input[name=tenant_id]") == "Not A Slug"
        assert page.locator("#field-tenant_id .errorlist").is_visible()
