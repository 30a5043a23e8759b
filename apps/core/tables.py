"""Rows as files: CSV that no spreadsheet runs, JSON, lines of JSON, YAML."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

FORMATS = {"csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}
# A spreadsheet runs a cell that begins with one of these; a quote before it makes it text. One
# that begins with the quote itself gets another, so that reading gives back what was written.
RUNS = ("=", "+", "-", "@", "\t", "\r", "'")


def write(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], format: str) -> str:
    """All rows, the columns in their order, as the text of one file."""
    if format == "json":
        return json.dumps([dict(row) for row in rows], indent=2, ensure_ascii=False) + "\n"
    if format == "yaml":
        plain = [dict(row) for row in rows]
        return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=200))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([[quoted(row.get(name)) for name in columns] for row in rows])
    return file.getvalue()


STREAMS = {"csv": "text/csv", "json": "application/json", "ndjson": "application/x-ndjson"}


def streamed(
    batches: Iterable[Sequence[Mapping[str, Any]]], columns: Sequence[str], format: str
) -> Iterator[bytes]:
    """One file of however many rows, a chunk for each batch.

    A list or an object in a cell of CSV is its JSON.
    """
    if format == "csv":
        yield _lines([columns])
        for rows in batches:
            yield _lines([[quoted(_cell(row.get(name))) for name in columns] for row in rows])
        return
    begins, between, ends = ("[\n", ",\n", "\n]\n") if format == "json" else ("", "\n", "")
    yield begins.encode()
    is_first = True
    for rows in batches:
        text = between.join(json.dumps(dict(row), ensure_ascii=False) for row in rows)
        lead = "" if is_first or format != "json" else between
        yield (lead + text + ("" if format == "json" else "\n")).encode()
        is_first = False
    yield ends.encode()


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def _cell(value: Any) -> Any:
    """As JSON what no spreadsheet has: lists, objects, true and false."""
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return value


def quoted(value: Any) -> str:
    """A cell as text, safe from being run."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RUNS) else text


def unquoted(cell: str) -> str:
    """What `quoted` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RUNS) else cell
