"""Bodies: JSON (RFC 8259, no NaN, no member twice), gzip where it says so, within a limit."""

import json
import zlib
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.api.problems import Problem

MOST_BYTES = 16 * 1024 * 1024


class JsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = unpacked(stream.read(), parser_context["request"])
        try:
            return json.loads(body, object_pairs_hook=_once, parse_constant=_constant)
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deep.") from error
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ParseError(f"The body is not JSON: {error.msg} at {where}.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


class NdjsonParser(BaseParser):
    """Lines of JSON, unread: whoever takes them reads them one by one."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> bytes:
        return unpacked(stream.read(), parser_context["request"])


class CsvParser(NdjsonParser):
    """A table, unread."""

    media_type = "text/csv"


def unpacked(body: bytes, request: Any) -> bytes:
    """The body as it was before Content-Encoding; a Problem over the limit, packed or not."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Problem("unsupported-media-type", "Content-Encoding must be gzip, or absent.")
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        found = reader.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise ParseError("The body is not gzip.") from error
    if len(found) > MOST_BYTES:
        raise Problem("too-large", f"At most {MOST_BYTES} bytes, unpacked.")
    if not reader.eof or reader.unused_data:
        raise ParseError("The body is not whole: its gzip ends early or goes on.")
    return found


def check_length(request: Any) -> None:
    """Before anything is read: a length there must be, and not too much of it."""
    if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
        raise Problem("length-required", "Send Content-Length.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise Problem("too-large", f"At most {MOST_BYTES} bytes.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands there twice.")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number.")
