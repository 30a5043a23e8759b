"""What the processes write to their logs: one JSON object a line, or lines for a developer.

A line of JSON says when, how bad, which logger, what, and of which request, tenant, view or job.
Of an error it tells the type and where it went through, never its text: that may quote what
somebody sent. Paths and queries carry tokens, so that a line names the view instead.
"""

import json
import logging
import re
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from traceback import StackSummary, walk_tb
from typing import Any

from django.conf import settings

from apps.core import door, traces

FRAMES = 30
# What no line should have brought this far.
_SECRETS = re.compile(
    r"\b(?:rp_|whsec_)[\w.-]{6,}|(?<=bearer )\S+|(?<=basic )\S+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
    re.IGNORECASE,
)


class RefusalsInALine(logging.Filter):
    """A right that somebody has not got is no failure: one line, without the way to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 0) == 403:
            record.exc_info = record.exc_text = None
        return True


class WithoutPaths(logging.Filter):
    """Django and gunicorn write the path of what failed, with the tokens that stand in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            status = getattr(record, "status_code", "")
            record.msg = f"{status} {match.view_name if match else 'no view'}".strip()
            record.args = ()
            # Written after the request has ended, so that nothing else says whose line it is.
            record.said = {"requestId": getattr(request, "request_id", "")}
        elif record.name.startswith("gunicorn") and record.args:
            record.msg, record.args = str(record.msg).split("%")[0].strip(), ()
        return True


class JsonLines(logging.Formatter):
    """Each record as one object of camelCase names."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
            **traces.said(),
            **_tenant(),
            **({"traceId": found} if (found := traces.trace_id()) else {}),
            **getattr(record, "said", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = list(_chain(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def _without_secrets(text: str) -> str:
    return _SECRETS.sub("[hidden]", text)


def _tenant() -> dict[str, str]:
    """Where whoever is at work stands: a tenant that has let them in."""
    entered = door.current()
    return {"tenantId": entered.tenant_id} if entered and entered.tenant_id else {}


def _chain(error: BaseException | None) -> Any:
    """The error and what it came of, the last first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found: dict[str, Any] = {"type": type(error).__qualname__}
        if state := getattr(error, "sqlstate", None):
            found["sqlstate"] = state
        frames = StackSummary.extract(walk_tb(error.__traceback__), lookup_lines=False)
        found["frames"] = [
            f"{_place(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in islice(reversed(frames), FRAMES)
        ]
        yield found
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _place(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts:
        return str(path.relative_to(settings.BASE_DIR))
    return "/".join(path.parts[-3:])
