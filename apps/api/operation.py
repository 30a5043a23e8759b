"""What one operation of the API is: the stamp that the viewset enforces and the schema prints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from apps.core.access import needs

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """`takes` and `answers` are shapes (serializers); `page`: a list of `answers`, page by page.

    `bulk`: takes one object or an array, all or nothing; `array`: an array alone; of `most` items
    at most. `each`: it answers `results`, one for each that was sent. `guarded`: asks
    If-Match in production. `lock`: what stands before the row in the order of locks. `secret`: the
    answer holds a token, so it is kept for nobody. `whole`: it is a file, of which no member can be
    left out. `export`: it streams all `answers` that the filters leave. `tagged`:
    it looks at If-Match by itself. `queries`: parameters of the query besides those of lists.
    """

    scope: str
    takes: Any = None
    answers: Any = None
    status: int = 200
    page: bool = False
    bulk: bool = False
    array: bool = False
    each: bool = False
    most: int = 5000
    guarded: bool = False
    lock: Callable[[], Any] | None = None
    secret: bool = False
    whole: bool = False
    export: bool = False
    tagged: bool = False
    queries: Sequence[Any] = ()
    media_types: Sequence[str] = ("application/json",)
    example: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def operation(scope: str, **more: Any) -> Callable[[Method], Method]:
    """Stamps a method of a viewset, as `needs` stamps a page."""

    def stamp(method: Method) -> Method:
        needs(scope)(method).operation = Operation(scope, **more)  # type: ignore[attr-defined]
        return method

    return stamp
