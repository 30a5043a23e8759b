"""Which test attacks what: read from the tests' own marks, without importing or running them.

`@pytest.mark.attacks("service_replicas")` stands on a test; a mark inside a module-level list that
a test takes as parameters counts for that test. A name may be a pattern (`*: walls of a partition`)
where the test takes its cases from the same lists as the invariants.
"""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from django.conf import settings

Marks = dict[str, list[str]]


def marks() -> Marks:
    """{name or pattern: [test node ids]}, in the order of the files."""
    found: Marks = {}
    root = Path(settings.BASE_DIR)
    for path in sorted((root / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "attacks(" in text:
            for name, test in _in_module(ast.parse(text)):
                found.setdefault(name, []).append(f"{path.relative_to(root)}::{test}")
    return found


def _in_module(module: ast.Module) -> Iterator[tuple[str, str]]:
    lists: dict[str, list[str]] = {}
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and (names := list(_names(node))):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            lists |= {t.id: names for t in targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                given = list(_names(decorator))
                for used in ast.walk(decorator):
                    if isinstance(used, ast.Name):
                        given += lists.get(used.id, [])
                for name in dict.fromkeys(given):
                    yield name, node.name


def _names(node: ast.AST) -> Iterator[str]:
    """What the marks in there name."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "attacks":
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def tests_of(name: str, found: Marks) -> list[str]:
    """The tests that attack it, each once."""
    tests = [t for pattern, some in found.items() if fnmatchcase(name, pattern) for t in some]
    return list(dict.fromkeys(tests))


def stale(names: set[str], found: Marks) -> list[str]:
    """Marks that name nothing."""
    return sorted(p for p in found if not any(fnmatchcase(name, p) for name in names))
