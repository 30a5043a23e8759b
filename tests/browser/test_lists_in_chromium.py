"""A list in a real browser: htmx swaps its results alone, and without JavaScript it works."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.visitors import WIDE, visitor

MARK = "document.querySelector('header.head').dataset.mark = 'the same'"
MARKED = "document.querySelector('header.head').dataset.mark"
ROWS = "#results tbody tr"
FIRST = f"{ROWS} th"


def test_a_filter_swaps_the_results_alone_and_back_restores_the_page(
    chromium: Any, site: Site
) -> None:
    path = f"/t/{site.slug}/services/"
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE) as (page, heard):
        page.goto(path)
        page.evaluate(MARK)
        page.select_option("select[name=environment]", str(site.things.environment))
        page.wait_for_url(f"**{path}?environment=*")
        expect(page.locator(".narrowing")).to_have_count(1)
        assert page.evaluate(MARKED) == "the same"
        page.fill("#search", "service-1")
        expect(page.locator(ROWS)).to_have_count(10)
        assert page.evaluate(MARKED) == "the same"
        assert page.locator("#results").count() == page.locator("#selects").count() == 1
        assert "q=service-1" in page.url
        # A page that is left while its count is under way tells the console of the count's end.
        page.wait_for_load_state("networkidle")
        page.go_back()
        expect(page.locator(ROWS)).to_have_count(50)
        page.wait_for_load_state("networkidle")
        page.go_back()
        expect(page.locator(".narrowing")).to_have_count(0)
        assert page.url == site.address + path
        # Whole again: frame, filters as they were, rows.
        assert page.locator("nav[aria-label=Main] a").count() >= 5
        assert page.input_value("select[name=environment]") == ""
        assert page.locator("#results").count() == 1
        assert heard == []


def test_older_and_newer_swap_the_results_and_can_be_reloaded(chromium: Any, site: Site) -> None:
    path = f"/t/{site.slug}/services/"
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE) as (page, heard):
        page.goto(path)
        page.evaluate(MARK)
        first = page.inner_text(f"{FIRST} >> nth=0")
        page.click("a[rel=next]")
        page.wait_for_url("**?cursor=*")
        page.wait_for_selector("a[rel=prev]")
        later = page.inner_text(f"{FIRST} >> nth=0")
        assert later != first
        assert page.evaluate(MARKED) == "the same"
        page.reload()
        assert page.inner_text(f"{FIRST} >> nth=0") == later
        page.click("a[rel=prev]")
        expect(page.locator(FIRST).first).to_have_text(first.strip())
        assert heard == []


def test_the_keys_of_a_list(chromium: Any, site: Site) -> None:
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE) as (page, heard):
        page.goto(f"/t/{site.slug}/services/")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.press("Tab")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        page.keyboard.press("j")
        second = page.get_attribute(f"{FIRST} >> nth=1 >> a", "href")
        assert page.evaluate("document.activeElement.getAttribute('href')") == second
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{second}")
        page.keyboard.press("/")  # a page without a list's search has the one for everything
        assert page.evaluate("document.activeElement.id") == "find"
        page.keyboard.type("service-1")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=service-1")
        assert heard == []


def test_the_keys_that_lead_on(chromium: Any, site: Site) -> None:
    email = f"tenant-operator@{site.slug}.test"
    with visitor(chromium, site, email, viewport=WIDE) as (page, heard):
        page.goto(f"/t/{site.slug}/services/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("g")
        page.keyboard.press("d")  # nothing leads away from behind the dialog
        page.keyboard.press("Escape")
        expect(page.locator("#keys")).to_be_hidden()
        ticked = page.locator("[data-rows] tbody input:checked")
        page.keyboard.press("j")
        page.keyboard.press("x")
        for _ in range(3):
            page.keyboard.press("j")
        page.keyboard.press("Shift+X")
        expect(ticked).to_have_count(4)
        boxes = page.locator("[data-rows] tbody input[type=checkbox]")
        boxes.nth(9).click(modifiers=["Shift"])
        expect(ticked).to_have_count(10)
        page.keyboard.press("Control+k")
        assert page.evaluate("document.activeElement.id") == "find"
        page.keyboard.type("gd")  # typed, not followed
        assert page.input_value("#find") == "gd"
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("g")
        page.keyboard.press("d")
        page.wait_for_url(f"**/t/{site.slug}/deployments/")
        assert heard == []


def test_how_many_match_comes_by_itself_and_with_it_the_counts_of_filters(
    chromium: Any, site: Site
) -> None:
    path = f"/t/{site.slug}/services/"
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE) as (page, heard):
        page.goto(path)
        expect(page.locator("#total")).to_have_text("66")
        expect(page.locator("select[name=status]")).to_contain_text("Pending (66)")
        page.fill("#search", "service-1")
        expect(page.locator("#total")).to_have_text("10")
        expect(page.locator("select[name=status]")).to_contain_text("Pending (10)")
        assert page.evaluate("document.activeElement.id") == "search"
        page.focus("select[name=status]")
        page.select_option("select[name=status]", "Stopped")
        expect(page.locator("#total")).to_have_text("0")
        expect(page.locator("select[name=status]")).to_have_value("Stopped")
        assert page.evaluate("document.activeElement.name") == "status"
        assert page.locator("#selects").count() == 1
        assert heard == []


def test_columns_are_chosen_in_place_and_stay(chromium: Any, site: Site) -> None:
    path = f"/t/{site.slug}/services/?q=service-1"
    with visitor(chromium, site, f"tenant-auditor@{site.slug}.test", viewport=WIDE) as (
        page, heard,
    ):  # fmt: skip
        page.goto(path)
        page.evaluate(MARK)
        page.click("summary#columns")
        page.uncheck("input[name=shown][value=Replicas]")
        page.click("text=Show these")
        expect(page.locator("td[data-label=Replicas]")).to_have_count(0)
        expect(page.locator("td[data-label=Version]")).to_have_count(10)
        assert page.evaluate(MARKED) == "the same"
        assert page.url == site.address + path
        page.reload()
        expect(page.locator("td[data-label=Replicas]")).to_have_count(0)
        assert heard == []


def test_a_thing_leads_to_its_neighbours_in_the_list_over_the_edge_of_a_page(
    chromium: Any, site: Site
) -> None:
    path = f"/t/{site.slug}/services/?status=Pending"
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE) as (page, heard):
        page.goto(path)
        page.click(f"{FIRST} >> nth=48 >> a")
        names = [page.inner_text("h1")]
        expect(page.locator("[data-neighbour=previous]")).to_be_visible()
        for _ in range(2):
            page.click("[data-neighbour=next]")
            page.wait_for_load_state("networkidle")
            names.append(page.inner_text("h1"))
        assert names == ["service-45", "service-46", "service-47"]
        page.click("[data-neighbour=previous]")
        expect(page.locator("h1")).to_have_text("service-46")
        page.click("[data-neighbour=list]")
        assert page.url == site.address + path
        page.goto(f"/t/{site.slug}/environments/{site.things.environment}/")
        expect(page.locator("[data-neighbours]")).to_be_hidden()
        assert heard == []


def test_all_that_match_are_chosen_on_the_server(chromium: Any, site: Site) -> None:
    email = f"tenant-operator@{site.slug}.test"
    with visitor(chromium, site, email, viewport=WIDE) as (page, heard):
        page.goto(f"/t/{site.slug}/services/?q=service")
        expect(page.locator("#total")).to_have_text("60")
        page.check("[data-tick-all]")
        expect(page.locator("[data-ticked]")).to_have_text("50 on this page")
        page.uncheck("#results tbody input >> nth=3")
        expect(page.locator("[data-ticked]")).to_have_text("49 on this page")
        expect(page.locator("[data-matching]")).to_have_text("60")
        page.check("input[name=match]")
        page.click("#selected button[value=stop]")
        expect(page.locator("h1")).to_have_text("Stop 60 services")
        expect(page.locator(".summary")).to_contain_text("begins with “service”")
        page.click("text=Cancel")
        assert page.url.endswith("/services/?q=service")
        assert heard == []


def test_without_javascript_one_signs_in_filters_and_pages(chromium: Any, site: Site) -> None:
    path = f"/t/{site.slug}/services/"
    with visitor(chromium, site, f"tenant-viewer@{site.slug}.test", viewport=WIDE,
                 java_script_enabled=False) as (page, heard):  # fmt: skip
        page.click(f"a[href='/t/{site.slug}/']")
        page.click(f"nav a[href='{path}']")
        expect(page.locator(ROWS)).to_have_count(50)
        page.click("a[rel=next]")
        expect(page.locator(ROWS)).to_have_count(16)
        page.goto(path)
        page.fill("#search", "service-2")
        page.click("form.filters button[type=submit]")
        expect(page.locator(ROWS)).to_have_count(10)
        page.click("a.narrowing")
        expect(page.locator(ROWS)).to_have_count(50)
        page.click("summary[aria-label=Account]")
        page.click("form[action='/accounts/logout/'] button")
        page.wait_for_url("**/accounts/login/")
        assert heard == []


def test_without_javascript_a_binding_is_suspended(chromium: Any, site: Site) -> None:
    email = f"platform-admin@{site.slug}.test"
    with visitor(chromium, site, email, viewport=WIDE, java_script_enabled=False) as (page, heard):
        page.goto(f"/platform/bindings/{site.things.binding}/")
        page.click("a[href$='/suspend/']")
        page.fill("textarea[name=reason]", "to try it")
        page.click("main button[type=submit]")
        expect(page.locator("main")).to_contain_text("Nothing was saved")
        assert page.input_value("textarea[name=reason]") == "to try it"
        page.fill("input[name=confirm]", site.slug)
        page.click("main button[type=submit]")
        expect(page.locator("main [role=status]").first).to_contain_text("suspended.")
        page.click("a[href$='/resume/']")
        page.fill("textarea[name=reason]", "tried")
        page.fill("input[name=confirm]", site.slug)
        page.click("main button[type=submit]")
        expect(page.locator("main [role=status]").first).to_contain_text("resumed.")
        # What was refused answers 422, which the browser notes; nothing else is to be heard.
        assert [line for line in heard if "422" not in line] == []
