"""States and transitions: each verb with its operation and its audit action, read from the code."""

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Model

from apps.core.states import Stateful, Transitions
from runtime_portal.domain.entities import models

_ACTION = re.compile(r"^[a-z_]+\.[a-z_]+$")
# A function of the database that takes a row further: `SELECT app.accept_invitation(…)`.
_BY_SQL = re.compile(r"\bapp\.([a-z_]+)\(")
# Verbs that no operation names: several share one, which takes the next along a way.
# {(model, verb): function}
SHARED: Mapping[tuple[str, str], str] = {
    ("RuntimeDeployment", verb): "advance_deployment"
    for verb in ("provision", "configure", "roll_out", "gate", "promote", "complete")
}


@dataclass(frozen=True)
class Verb:
    """One verb of a machine; `operation` and `action` are empty where the code names none."""

    name: str
    sources: tuple[str, ...]
    target: str
    operation: str
    action: str


@dataclass(frozen=True)
class Operation:
    """A function that moves something: the verbs it names, and what it records.

    `calls`: the functions of the database that it calls, which move by themselves.
    """

    app: str
    name: str
    verbs: frozenset[str]
    actions: tuple[str, ...]
    calls: frozenset[str]


def machines() -> list[type[Model]]:
    """Models with a TRANSITIONS table."""
    return [model for model in models() if issubclass(model, Stateful)]


def verbs_of(model: type[Model]) -> Iterator[Verb]:
    for name, found in _transitions(model).items():
        operation = _operation_of(model, name)
        yield Verb(
            name,
            tuple(sorted(found.sources)),
            found.target,
            operation.name if operation else "",
            ", ".join(operation.actions) if operation else "",
        )


def _operation_of(model: type[Model], verb: str) -> Operation | None:
    """The one whose function is called after verb and model, or that alone moves so."""
    of_the_app = [o for o in operations() if o.app == model._meta.app_label]
    if shared := SHARED.get((model.__name__, verb)):
        return next((o for o in of_the_app if o.name == shared), None)
    noun = str(model._meta.verbose_name).replace(" ", "_")
    full = f"{verb}_{noun}"
    moving = [o for o in of_the_app if verb in o.verbs or full in o.calls]
    called = [o for o in moving if o.name == full] or [o for o in moving if o.name == f"{full}s"]
    rest = [o for o in moving if any(action.startswith(f"{noun}.") for action in o.actions)]
    alone = moving if len(moving) == 1 and _only_one_says(model, verb) else []
    return next(iter(called or rest or alone), None)


def _only_one_says(model: type[Model], verb: str) -> bool:
    """Whether no other machine of its app has a verb of that name."""
    label = model._meta.app_label
    beside = [other for other in machines() if other._meta.app_label == label]
    return [other for other in beside if verb in _transitions(other)] == [model]


def _transitions(model: type[Model]) -> Transitions:
    found: Transitions = model.TRANSITIONS  # type: ignore[attr-defined]
    return found


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Every public function of apps that calls `move` with a verb, or a helper that does so."""
    folder = Path(settings.BASE_DIR) / "apps"
    return tuple(o for app in sorted(folder.iterdir()) if app.is_dir() for o in _of_app(app))


def _of_app(folder: Path) -> Iterator[Operation]:
    modules = [
        [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, _FUNCTION)]
        for path in sorted(folder.glob("*.py"))
    ]
    moving = _movers([function for functions in modules for function in functions])
    for functions in modules:
        private = {f.name: f for f in functions if f.name.startswith("_")}
        for function in functions:
            if not function.name.startswith("_"):
                yield from _read(folder.name, [function, *_helpers(function, private)], moving)


_FUNCTION = ast.FunctionDef


def _movers(functions: list[ast.FunctionDef]) -> set[str]:
    """`move`, and whatever hands a verb of its own arguments on to one of them."""
    found = {"move"}
    while more := {f.name for f in functions if _hands_on(f, found)} - found:
        found |= more
    return found


def _hands_on(function: ast.FunctionDef, movers: set[str]) -> bool:
    arguments = {given.arg for given in (*function.args.args, *function.args.kwonlyargs)}
    return any(
        isinstance(argument, ast.Name) and argument.id in arguments
        for call in _calls(function)
        if _name(call.func) in movers
        for argument in call.args
    )


def _helpers(
    function: ast.FunctionDef, private: Mapping[str, ast.FunctionDef]
) -> list[ast.FunctionDef]:
    """The module's private functions that it calls, and those that they call."""
    found: dict[str, ast.FunctionDef] = {}
    queue = [function]
    while queue:
        for call in _calls(queue.pop()):
            name = _name(call.func)
            if name in private and name not in found:
                found[name] = private[name]
                queue.append(private[name])
    return list(found.values())


def _read(app: str, functions: list[ast.FunctionDef], moving: set[str]) -> Iterator[Operation]:
    """Of a function and its helpers."""
    nodes = [node for function in functions for node in ast.walk(function)]
    words = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    verbs = {
        argument.value
        for function in functions
        for call in _calls(function)
        if _name(call.func) in moving
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    actions = tuple(dict.fromkeys(w for w in words if _ACTION.match(w)))
    calls = frozenset(name for word in words for name in _BY_SQL.findall(word))
    if verbs or actions:
        yield Operation(app, functions[0].name, frozenset(verbs), actions, calls)


def _calls(function: ast.FunctionDef) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
