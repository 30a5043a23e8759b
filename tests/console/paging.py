"""Walking a list by its own links."""

from django.http import HttpResponse
from django.test import Client

from tests.console.bodies import link_named, row_names


def walk(browser: Client, url: str, way: str) -> tuple[list[HttpResponse], str]:
    """Every page from that one on along `way`, and the URL of the last."""
    pages = [browser.get(url)]
    while following := link_named(pages[-1], way):
        assert len(pages) < 20
        url = following
        pages.append(browser.get(url))
    assert {page.status_code for page in pages} == {200}
    return pages, url


def there_and_back(browser: Client, path: str) -> list[list[str]]:
    """The first column, page by page; asserts that the way back shows the same pages."""
    forwards, last = walk(browser, path, "next")
    backwards, _ = walk(browser, last, "prev")
    assert len(backwards) == len(forwards)
    shown = [row_names(page) for page in forwards]
    assert [row_names(page) for page in reversed(backwards)] == shown
    assert link_named(forwards[0], "prev") == link_named(forwards[-1], "next") == ""
    assert link_named(backwards[0], "next") == link_named(backwards[-1], "prev") == ""
    return shown
