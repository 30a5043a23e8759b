"""What templates ask of things: nothing that changes or queries."""

from collections.abc import Iterator
from typing import Any

from django import template

from apps.core.readable import Change
from apps.core.readable import changes as changes_of

register = template.Library()


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """mapping[key], or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def may(door: Any, scope: str) -> bool:
    """Whether who is here may do this: the same table that refuses it."""
    return bool(door and door.may(scope))


@register.filter
def can(thing: Any, verb: str) -> bool:
    """Whether its state admits the verb."""
    return bool(thing.can(verb))


@register.filter
def changes(entry: Any) -> Iterator[Change]:
    """What an audit entry says became other, for a line of history."""
    return changes_of(entry.before, entry.after, of=entry.object_id)
