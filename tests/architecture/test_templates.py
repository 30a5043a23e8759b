"""What a template may hold: nothing that a strict content security policy would refuse."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(
    path
    for path in (ROOT / "runtime_portal" / "static" / "portal").rglob("*")
    if path.suffix in (".css", ".js", ".svg")
)
# Names of XML namespaces are no addresses.
NAMESPACES = ("http://www.w3.org/",)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_no_inline_script_style_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"\|\s*safe\b|autoescape off", text)
    assert not re.search(r"\bhx-on\b|\bhx-vars\b|=[\"']js:", text)


@pytest.mark.parametrize("path", [*TEMPLATES, *STATIC], ids=_name)
def test_nothing_comes_from_another_host(path: Path) -> None:
    found = re.findall(r"https?://[^\s\"'<>)]+|(?:src|href)=\"//[^\"]+", path.read_text())
    assert [address for address in found if not address.startswith(NAMESPACES)] == []


def test_shared_fragments_begin_with_an_underscore() -> None:
    for path in TEMPLATES:
        for included in re.findall(r'{% include "([^"]+)"', path.read_text()):
            if included.startswith("admin/"):  # Django's own
                continue
            assert Path(included).name.startswith("_"), f"{_name(path)} includes {included}"
