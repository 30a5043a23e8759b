"""Walking through the portal as a person does: by what is written there, typing into fields."""

import os
import re
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Site

# Where the pictures of the tour go, if anywhere: TOUR=docs/tour.
TOUR = os.environ.get("TOUR", "")


def press(page: Any, name: str) -> None:
    """The first link, button or tab with its count that says so, and waits for what follows."""
    told = re.compile(rf"^\s*{re.escape(name)}\s*\d*\s*$")
    page.locator("main, [role=main]").locator("a, button").filter(has_text=told).first.click()
    page.wait_for_load_state()


def go(page: Any, name: str) -> None:
    """To a page by the navigation."""
    page.locator("nav[aria-label=Main] a").filter(has_text=re.compile(rf"^\s*{name}\s*$")).click()
    page.wait_for_load_state()


def submit(page: Any, **fields: str | list[str]) -> None:
    """Types into the fields of the page's form by their names, and sends it."""
    form = page.locator("main form").filter(has=page.locator(f"[name='{next(iter(fields))}']")).last
    for name, value in fields.items():
        field = form.locator(f"[name='{name}']")
        kind = field.first.evaluate("e => e.type")
        if kind == "checkbox":
            for one in value:
                form.locator(f"[name='{name}'][value='{one}']").check()
        elif kind == "select-one":
            field.select_option(value)
        elif kind == "file":
            field.set_input_files(str(value))
        else:
            field.fill(value)
    form.locator("[type=submit]").last.click()
    page.wait_for_load_state()


def says(page: Any, *texts: str) -> None:
    """That all of these can be read on the page, now or in a moment."""
    for text in texts:
        expect(page.locator("body")).to_contain_text(text)


def picture(page: Any, name: str) -> None:
    """For docs/tour.md, where TOUR says where."""
    if TOUR:
        page.screenshot(path=Path(TOUR) / f"{name}.png")


# Of these jobs none is due: what other tests have left would have its turn, too.
_NEVER = {f"CADENCE_{name.upper()}": "0 0 29 2 *" for name in settings.CADENCES}


def manage(site: Site, *command: str) -> subprocess.CompletedProcess[str]:
    """A management command beside the portal that is walked through; fails where it does."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT, env={**site.environment, **_NEVER}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def letter(to: str) -> str:
    """The link in the newest letter to that address."""
    for file in sorted(Path(settings.EMAIL_FILE_PATH).iterdir(), reverse=True):
        message = message_from_bytes(file.read_bytes())
        if to in str(message["To"]):
            found = re.search(r"http\S+", message.get_payload(decode=True).decode())
            assert found is not None
            return found[0]
    raise AssertionError(f"no letter to {to}")
