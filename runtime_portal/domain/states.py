"""States and transitions: each verb with its operation and its audit action, read from the code."""

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Model

from apps.core.states import Stateful
from runtime_portal.domain.entities import models

_ACTION = re.compile(r"^[a-z_]+\.[a-z_]+$")
_MOVES = re.compile(r"^_?move(_step)?$")
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
    """A function that moves something: the verbs it names, and what it records."""

    app: str
    name: str
    verbs: frozenset[str]
    actions: tuple[str, ...]


def machines() -> list[type[Model]]:
    """Models with a TRANSITIONS table."""
    return [model for model in models() if issubclass(model, Stateful)]


def verbs_of(model: type[Model]) -> Iterator[Verb]:
    for name, found in model.TRANSITIONS.items():  # type: ignore[attr-defined]
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
    moving = [o for o in of_the_app if verb in o.verbs]
    called = [o for o in moving if o.name == f"{verb}_{noun}"]
    rest = [o for o in moving if any(action.startswith(f"{noun}.") for action in o.actions)]
    return next(iter(called or rest), None)


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Every function of apps that calls `move` or a helper of that name with a verb."""
    folder = Path(settings.BASE_DIR) / "apps"
    return tuple(
        operation
        for path in sorted(folder.glob("*/*.py"))
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        for operation in _read(path.parent.name, function)
    )


def _read(app: str, function: ast.FunctionDef) -> Iterator[Operation]:
    words = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    verbs = {
        argument.value
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _MOVES.match(_name(call.func))
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    actions = tuple(dict.fromkeys(w for w in words if _ACTION.match(w) and "." in w))
    if verbs or actions:
        yield Operation(app, function.name, frozenset(verbs), actions)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
