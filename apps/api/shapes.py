"""Shapes: what goes in and comes out, named as in the data model. Unknown members are refused."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from apps.api.problems import Problem, errors_of

MOST_ITEMS = 5000


class Shape(serializers.Serializer[Any]):
    """Members in camelCase, as they stand in the JSON; `snake` gives what operations take."""

    def to_internal_value(self, data: Any) -> Any:
        names = list(data) if isinstance(data, Mapping) else []
        if unknown := [name for name in names if name not in self.fields]:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {str(name)[:60]: [f"is no member here: {known}"] for name in unknown[:20]}
            )
        return super().to_internal_value(data)


def checked(shape: type[Shape], data: Any, *, many: bool = False, partial: bool = False) -> Any:
    """What was sent, as operations take it; a Problem that lists every member that is wrong."""
    if many and len(data) > MOST_ITEMS:
        raise Problem("too-large", f"At most {MOST_ITEMS} at once.")
    given = shape(data=data, many=many, partial=partial)
    if not given.is_valid():
        listed = list(_told(given.errors, many))
        raise Problem("invalid", "Something in the request is wrong.", {"errors": listed})
    return [snake(one) for one in given.validated_data] if many else snake(given.validated_data)


def _told(errors: Any, many: bool) -> Any:
    if many and (isinstance(errors, list) or all(isinstance(key, int) for key in errors)):
        for index, one in errors.items() if isinstance(errors, Mapping) else enumerate(errors):
            for error in errors_of(_flat(one)):
                yield {"index": index, **error}
    else:
        yield from errors_of(_flat(errors))


def _flat(errors: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested errors as {"bounds.metric": […]}."""
    if isinstance(errors, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in errors.items():
            name = "" if name == "non_field_errors" else str(name)
            found |= _flat(inner, f"{prefix}.{name}".strip("."))
        return found
    if isinstance(errors, list) and any(isinstance(one, Mapping | list) for one in errors):
        found = {}
        for index, inner in enumerate(errors):
            found |= _flat(inner, f"{prefix}.{index}".strip("."))
        return found
    return {prefix: [str(one) for one in errors]} if errors else {}


_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_HUMP.sub(lambda m: f"_{m[1].lower()}", name): value for name, value in values.items()}


def at(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


class Reason(Shape):
    """Why something is done: it stands in the audit entry."""

    reason = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class NeededReason(Shape):
    """Why something is done: it must be said."""

    reason = serializers.CharField(max_length=2000)
