"""What the Python code may say, and where."""

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("apps", "runtime_portal")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
HOUSE = {
    "core", "tenants", "environments", "tenant_bindings", "services", "configurations",
    "scaling_policies", "deployments", "health_results", "drift_findings", "retention",
    "integrations",
}  # fmt: skip
TAG = re.compile(r"</?(?:a|div|span|p|b|i|br|ul|li|td|tr|table|form|input|button|script|style)\b")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_there_is_no_html_and_no_htmx_in_python(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not TAG.search(node.value), f"line {node.lineno}"
            assert not re.search(r"\bhx-[a-z]", node.value), f"line {node.lineno}"


def test_only_two_apps_know_django_tenants() -> None:
    knowing = {
        path.relative_to(ROOT).parts[1]
        for path in FILES
        if re.search(r"^\s*(?:from|import) django_tenants", path.read_text(), re.MULTILINE)
    }
    assert knowing <= {"tenants", "tenant_bindings"}


def test_nothing_enters_a_tenant_but_the_door() -> None:
    entering = {_name(path) for path in FILES if "app.enter" in path.read_text()}
    assert entering <= {
        "apps/tenant_bindings/context.py",
        "apps/core/walls/functions.py",  # where the function is written
        "apps/core/door.py",  # which names it in its docstring
    }


def test_files_are_short() -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in FILES}
    assert [name for name, length in lengths.items() if length > 500] == []
    assert statistics.median(length for length in lengths.values() if length) < 90


def test_every_app_of_the_house_is_there() -> None:
    assert {path.parent.name for path in (ROOT / "apps").glob("*/__init__.py")} >= HOUSE


def test_migrations_are_named_and_in_one_line() -> None:
    for folder in (ROOT / "apps").glob("*/migrations"):
        names = sorted(path.stem for path in folder.glob("[0-9]*.py"))
        assert names, folder
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1)), folder
        assert not [name for name in names if "_auto_" in name], folder


def test_a_tenants_migration_can_be_replayed_as_sql() -> None:
    from django.conf import settings

    for app in settings.TENANT_APPS:
        for path in (ROOT / app.replace(".", "/") / "migrations").glob("[0-9]*.py"):
            assert "RunPython" not in path.read_text(), path
