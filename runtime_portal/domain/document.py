"""docs/domain.md, from the code."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model

from runtime_portal.domain import attacks
from runtime_portal.domain.entities import api_name, holds, models
from runtime_portal.domain.invariants import invariants
from runtime_portal.domain.rules import RULES
from runtime_portal.domain.states import machines, verbs_of

_HEAD = """# The domain, as the code has it

Printed by `manage.py describe_domain`; a test fails where this page says something else. Beside
each rule stands what holds it, and the tests that attack it."""


def document() -> str:
    return "\n\n".join([_HEAD, *_entities(), *_states(), *_invariants(), *_rules()]) + "\n"


def missing() -> list[str]:
    """What no test attacks, what marks name and is not there, verbs without an operation."""
    found = attacks.marks()
    held = invariants()
    names = {i.name for i in held} | {rule.name for rule in RULES}
    needed = [i.name for i in held if not i.implied] + [rule.name for rule in RULES]
    return [
        *[f"no test attacks: {name}" for name in needed if not attacks.tests_of(name, found)],
        *[f"attacked, and not there: {name}" for name in attacks.stale(names, found)],
        *[
            f"no operation and action found: {model.__name__} {verb.name}"
            for model in machines()
            for verb in verbs_of(model)
            if not (verb.operation and verb.action)
        ],
    ]


def _entities() -> Iterator[str]:
    yield "## Entities"
    for model in models():
        yield f"### {model.__name__}\n\n`{model._meta.db_table}`"
        rows = (
            (
                api_name(model, field), str(field.column), _type(field),
                "yes" if field.null else "",
                ", ".join(str(value) for value, _ in field.flatchoices),
                "; ".join(holds(model, field)),
            )
            for field in model._meta.concrete_fields
        )  # fmt: skip
        yield _table(("field", "column", "type", "may be absent", "choices", "held"), rows)


def _type(field: Any) -> str:
    shown = getattr(field, "output_field", field)
    kind = type(shown).__name__.removesuffix("Field")
    length = getattr(shown, "max_length", None)
    return f"{kind} {length}" if length else kind


def _states() -> Iterator[str]:
    yield "## States"
    for model in machines():
        yield f"### {model.__name__}"
        rows = (
            (verb.name, ", ".join(verb.sources), verb.target, verb.operation, verb.action)
            for verb in verbs_of(model)
        )
        yield _table(("verb", "from", "to", "operation", "audit action"), rows)


def _invariants() -> Iterator[str]:
    found = attacks.marks()
    yield "## Invariants"
    by_table: dict[str, list[Any]] = {}
    for invariant in invariants():
        by_table.setdefault(invariant.table, []).append(invariant)
    for table, held in by_table.items():
        yield f"### {_title(table)}"
        rows = (
            (i.name, i.says, i.held_by, "implied by the id" if i.implied else _tests(i.name, found))
            for i in held
        )
        yield _table(("name", "says", "held by", "attacked by"), rows)


def _title(table: str) -> str:
    named: dict[str, type[Model]] = {model._meta.db_table: model for model in models()}
    return named[table].__name__ if table in named else table


def _rules() -> Iterator[str]:
    found = attacks.marks()
    yield "## Rules that no constraint carries"
    rows = ((r.name, r.says, r.held_by, _tests(r.name, found)) for r in RULES)
    yield _table(("name", "says", "held by", "attacked by"), rows)


def _tests(name: str, found: attacks.Marks) -> str:
    shown = [f"`{test.removeprefix('tests/')}`" for test in attacks.tests_of(name, found)]
    return ", ".join(shown) or "**nothing**"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)
