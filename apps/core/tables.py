"""Rows as files: CSV that no spreadsheet runs, JSON, YAML."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
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


def quoted(value: Any) -> str:
    """A cell as text, safe from being run."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RUNS) else text


def unquoted(cell: str) -> str:
    """What `quoted` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RUNS) else cell
