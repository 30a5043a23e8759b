"""Somebody at a browser: signed in by the form, with an ear for what the browser complains of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.browser.conftest import Site
from tests.world import PASSWORD

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def visitor(
    chromium: Any, site: Site, email: str = "", **options: Any
) -> Iterator[tuple[Any, list[str]]]:
    """(page, complaints): signed in where an address is given."""
    context = chromium.new_context(base_url=site.address, **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(f"{m.type}: {m.text}")
            if m.type in ("error", "warning") else None)  # fmt: skip
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("request", lambda request: complaints.append(f"elsewhere: {request.url}")
            if _is_elsewhere(request.url, site) else None)  # fmt: skip
    try:
        if email:
            sign_in(page, email)
        yield page, complaints
    finally:
        context.close()


def sign_in(page: Any, email: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")
    assert urlsplit(page.url).path == "/"


def _is_elsewhere(url: str, site: Site) -> bool:
    parts = urlsplit(url)
    return (
        parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != site.address
    )
