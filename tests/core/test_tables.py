"""Rows as files: nothing in a CSV runs in a spreadsheet, and nothing is lost on the way back."""

import csv
import io
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from apps.core.tables import RUNS, quoted, unquoted, write

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "'"]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_cell_begins_with_what_a_spreadsheet_runs(value: str) -> None:
    text = write([{"a": value}], ["a"], "csv")
    [_, [cell]] = csv.reader(io.StringIO(text, newline=""))
    assert cell[0] == "'"
    assert unquoted(cell) == value


@given(st.text())
def test_what_was_quoted_comes_back(value: str) -> None:
    assert unquoted(quoted(value)) == value
    assert not quoted(value).startswith(RUNS[:-1])


def test_json_and_yaml_keep_values_as_they_are() -> None:
    rows = [{"a": "=1", "n": 3, "none": None}]
    assert json.loads(write(rows, ["a", "n"], "json")) == rows
    assert yaml.safe_load(write(rows, ["a", "n"], "yaml")) == rows


def test_a_line_break_and_a_comma_stay_in_their_cell() -> None:
    text = write([{"a": 'x,"y"\n', "b": None}], ["a", "b"], "csv")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], ['x,"y"\n', ""]]
