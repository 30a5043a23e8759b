"""Follows every link of the portal that a person can see, once for each page and set of filters."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

from tests.console.bodies import elements

# These end the session that crawls, or stand for all pages of one kind.
LEFT_OUT = ("/accounts/logout/", "/static/")
# How Django's admin remembers the list that one came from, and counts beside filters.
IGNORED = {"_changelist_filters", "_facets"}
MOST = 3000


def crawl(browser: Client, start: str) -> Iterator[tuple[str, str, HttpResponse]]:
    """(the page that led there, URL, answer) for each URL that was found."""
    waiting, seen = [("", start)], {_key(start)}
    while waiting:
        origin, url = waiting.pop()
        response = browser.get(url)
        assert len(seen) < MOST, "the crawl does not end"
        yield origin, url, response
        if "text/html" in response.get("Content-Type", ""):
            for found in _targets(response, url):
                if _key(found) not in seen:
                    seen.add(_key(found))
                    waiting.append((url, found))


def _targets(response: HttpResponse, url: str) -> Iterator[str]:
    targets = [response["Location"]] if response.has_header("Location") else []
    for _, attributes, _ in elements(response):
        targets += [attributes[name] for name in ("href", "hx-get") if attributes.get(name)]
    for target in targets:
        whole = urljoin(url, target).partition("#")[0]
        if not urlsplit(whole).netloc and not whole.startswith(LEFT_OUT):
            yield whole


def _key(url: str) -> tuple[str, tuple[str, ...]]:
    parts = urlsplit(url)
    given = set(parse_qs(parts.query, keep_blank_values=True)) - IGNORED
    return parts.path, tuple(sorted(given))
