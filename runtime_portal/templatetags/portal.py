"""What templates ask of things: nothing that changes or queries."""

from typing import Any

from django import template

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
