"""JSON lines of results, from whoever wrote them: bounded in memory whatever they hold.

A line is {"serviceId" or "moduleId", "status", "probe", "latencyMs", "detail", "checkedAt"}; what
cannot be understood becomes a Problem with the number of its line, and the next line is read.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from apps.health_results.results import Problem, Result

MAX_LINE = 64 * 1024
_TEXTS = ("status", "probe", "checkedAt")
_FIELDS = ("serviceId", "moduleId", *_TEXTS, "latencyMs", "detail")


def read_lines(file: BinaryIO, *, first: int = 1) -> Iterator[Result | Problem]:
    """One item a line; empty lines are passed over, and counted. The first is number `first`."""
    number = first - 1
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            _skip_line(file)
            yield Problem(number, "", f"is longer than {MAX_LINE} bytes")
        elif line.strip():
            yield read_line(line, number, is_first=number == first)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
        pass


def read_line(line: bytes, number: int, *, is_first: bool = False) -> Result | Problem:
    """What the line says. Only its shape is read here: what can be is asked when it is recorded."""
    try:
        found = json.loads(
            line.decode("utf-8-sig" if is_first else "utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        return Problem(number, "", "is not UTF-8")
    except RecursionError:
        return Problem(number, "", "is nested too deep")
    except _Unwanted as error:
        return Problem(number, "", str(error))
    except json.JSONDecodeError as error:
        return Problem(number, "", f"is not JSON: {error.msg} at column {error.colno}")
    except ValueError:  # a number of more digits than Python reads
        return Problem(number, "", "holds a number that is too long")
    return read_item(found, number)


def read_item(found: Any, number: int) -> Result | Problem:
    """What parsed JSON says, as of a line."""
    if not isinstance(found, dict):
        return Problem(number, "", "is not a JSON object")
    return _result(found, number)


def _result(found: dict[str, Any], number: int) -> Result | Problem:
    def bad(field: str, reason: str) -> Problem:
        return Problem(number, field, reason)

    if unknown := next((name for name in found if name not in _FIELDS), None):
        return bad(unknown[:40], f"is no field of a result: {', '.join(_FIELDS)}")
    for name in _TEXTS:
        if not isinstance(found.get(name), str):
            return bad(name, "must be text" if name in found else "is missing")
    if not isinstance(found.get("detail") or "", str):
        return bad("detail", "must be text")
    if not (found.get("latencyMs") is None or type(found["latencyMs"]) is int):
        return bad("latencyMs", "must be a whole number, or absent")
    if (found.get("serviceId") is None) == (found.get("moduleId") is None):
        return bad("serviceId", "name the service by this or by moduleId, not by both")
    service, module = found.get("serviceId"), found.get("moduleId")
    if not isinstance(module or "", str) or module == "":
        return bad("moduleId", "must be text")
    try:
        service_id = None if service is None else UUID(service)
    except (ValueError, AttributeError, TypeError):
        return bad("serviceId", "must be the id of a service")
    try:
        checked_at = datetime.fromisoformat(found["checkedAt"])
    except ValueError:
        return bad("checkedAt", "must be a time like 2026-01-31T12:00:00Z")
    return Result(
        status=found["status"],
        probe=found["probe"],
        checked_at=checked_at,
        service_id=service_id,
        module_id=module or "",
        latency_ms=found.get("latencyMs"),
        detail=found.get("detail") or "",
        place=number,
    )


class _Unwanted(ValueError):
    """JSON to Python's reader, and nothing that a result may hold."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unwanted("gives a field twice")
    return found


def _constant(name: str) -> Any:
    raise _Unwanted(f"holds {name}, which is no JSON number")
