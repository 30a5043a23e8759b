"""What is compared of two pages, and what is read out of one."""

import re
from html import unescape
from html.parser import HTMLParser

from django.http import HttpResponse

_TOKEN = re.compile(r"(X-CSRFToken\": \"|csrfmiddlewaretoken\" value=\")[A-Za-z0-9]+")


def without_ids(response: HttpResponse) -> str:
    """The body without what is new in every answer: the request id and the masked CSRF token."""
    text = response.content.decode().replace(response["X-Request-ID"], "REQUEST")
    return _TOKEN.sub(r"\1TOKEN", text)


class Elements(HTMLParser):
    """[(tag, attributes, text inside up to the next tag)], in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, ""))

    def handle_data(self, data: str) -> None:
        if self.found:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)


def elements(response: HttpResponse) -> list[tuple[str, dict[str, str], str]]:
    return Elements(response.content.decode()).found


def links(response: HttpResponse) -> list[str]:
    """Where its links lead, in order."""
    return [attributes["href"] for tag, attributes, _ in elements(response) if "href" in attributes
            and tag == "a"]  # fmt: skip


def link_named(response: HttpResponse, relation: str) -> str:
    """The link with that `rel`, or ""."""
    return next((a["href"] for _, a, _ in elements(response) if a.get("rel") == relation), "")


def row_names(response: HttpResponse) -> list[str]:
    """What the first column of a list says, row by row."""
    text = response.content.decode()
    return re.findall(r'<th scope="row">\s*<a[^>]*>([^<]*)</a>', text)


def words(response: HttpResponse) -> str:
    """What a person reads, without tags, every run of white space one space."""
    text = re.sub(r"<(script|svg|template)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def facts(response: HttpResponse) -> dict[str, str]:
    """{term: what stands beside it} of its definition lists."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", response.content.decode(), flags=re.S)
    return {plain(term): plain(value) for term, value in found}


def plain(html: str) -> str:
    """A piece of a page without tags and icons."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
