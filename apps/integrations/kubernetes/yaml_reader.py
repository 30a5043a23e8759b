"""YAML from parser events, so that hostile input is met before anything is built from it.

An alias is the same object again, never a copy, and costs the budget what it stands for: the
billion laughs end at the million-and-first. No constructor runs: there are text, numbers,
booleans, null, lists and mappings, and any other tag refuses the import.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from .budget import Budget, Refused
from .limits import MAX_DEPTH, MAX_DIRECTIVES
from .records import UnreadableManifest
from .scalars import TAG, foreign, scalar

LOADER = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
MERGE = "<<"
_NO_KEY = object()
_MERGE_KEY = object()


@dataclass
class Open:
    """A list or mapping that is still being read, with what it weighs so far."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: Any = _NO_KEY
    merges: list[Any] = field(default_factory=list)
    nodes: int = 1
    text: int = 0


@dataclass
class Composer:
    """One document. `problem` is set where a key is given twice: which one counts is a guess."""

    budget: Budget
    stack: list[Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int, int] | None] = field(default_factory=dict)
    root: Any = None
    problem: str = ""

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event, f"{TAG}map")
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event, f"{TAG}seq")
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text: str = event.value
        if "\0" in text:
            raise Refused("there is a NUL character")
        self.budget.spend(1, len(text))
        # A key is what is written: `on: push` has the key "on".
        is_key = bool(self.stack) and self._wants_key(self.stack[-1])
        if is_key and event.tag is None:
            is_merge = text == MERGE and event.implicit[0]
            value: Any = _MERGE_KEY if is_merge else text
        else:
            value = scalar(text, event.tag, not event.implicit[0])
        self._anchor(event.anchor, value, 1, len(text))
        self._put(value, 1, len(text))

    def _open(
        self,
        value: dict[str, Any] | list[Any],
        event: yaml.MappingStartEvent | yaml.SequenceStartEvent,
        tag: str,
    ) -> None:
        if event.tag not in (None, "!", tag):
            raise Refused(foreign(event.tag))
        if len(self.stack) >= MAX_DEPTH:
            raise Refused(f"it is nested deeper than {MAX_DEPTH} levels")
        if self.stack and self._wants_key(self.stack[-1]):
            raise Refused(
                "a list or a mapping is used as a key (a template that was not rendered?)"
            )
        self.budget.spend(1, 0)
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # An alias to it from inside has no end.
        self.stack.append(Open(value, event.anchor))

    def _close(self) -> None:
        done = self.stack.pop()
        if isinstance(done.value, dict):
            for other in done.merges:
                for key, value in other.items():
                    done.value.setdefault(key, value)
        self._anchor(done.anchor, done.value, done.nodes, done.text)
        self._put(done.value, done.nodes, done.text)

    def _alias(self, anchor: str) -> None:
        known = self.anchors.get(anchor)
        if known is None:
            raise Refused("an alias names an anchor that is not complete before it")
        value, nodes, text = known
        self.budget.spend(nodes, text)
        self._put(value, nodes, text)

    def _anchor(self, anchor: str | None, value: Any, nodes: int, text: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, nodes, text)

    @staticmethod
    def _wants_key(parent: Open) -> bool:
        return isinstance(parent.value, dict) and parent.key is _NO_KEY

    def _put(self, value: Any, nodes: int, text: int) -> None:
        if not self.stack:
            self.root = value
            return
        parent = self.stack[-1]
        parent.nodes += nodes
        parent.text += text
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is _NO_KEY:
            if not (isinstance(value, str) or value is _MERGE_KEY):
                raise Refused("a key is not text")
            parent.key = value
        elif parent.key is _MERGE_KEY:
            parent.merges.extend(_merged(value))
            parent.key = _NO_KEY
        else:
            if parent.key in parent.value and not self.problem:
                self.problem = f"The key {parent.key[:80]!r} is given twice in one mapping."
            parent.value[parent.key] = value
            parent.key = _NO_KEY


def _merged(value: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in found):
        raise Refused("'<<' merges something that is not a mapping")
    return found


def read_yaml(file: str, text: str, budget: Budget) -> Iterator[tuple[int, Any, str]]:
    """(document number, value, problem). Raises UnreadableManifest."""
    if text.count("\n%") > MAX_DIRECTIVES:
        raise UnreadableManifest(file, None, "there are too many directives")
    number, inside = 0, False
    composer = Composer(budget)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                number, inside = number + 1, True
                budget.document()
                composer = Composer(budget)
            elif isinstance(event, yaml.DocumentEndEvent):
                inside = False
                yield number, composer.root, composer.problem
            else:
                composer.take(event)
    except yaml.YAMLError as error:
        # The chained error could quote the input, and with it a password.
        raise UnreadableManifest(file, number + (not inside), _problem(error)) from None
    except Refused as error:
        raise UnreadableManifest(file, number, str(error)) from None


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" on line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or "it has a character that YAML does not allow"
    return f"it is not YAML{where}: {problem}"[:300]
