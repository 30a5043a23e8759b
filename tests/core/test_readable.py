"""What was recorded of a change, as people read it."""

from typing import Any

import pytest

from apps.core.readable import Change, changes, readable

ID = "01a20dbc-5245-74fa-9916-27572d5aeaaf"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Running", "Running"),
        (4, "4"),
        (0, "0"),
        (None, "none"),
        (True, "yes"),
        ([], "none"),
        (["north", "harbour"], "north, harbour"),
        ({"count": 4, "modules": ["a", "b"]}, "count: 4, modules: a, b"),
        ({"policy": {"min": 1}, "open": None}, "policy: (min: 1), open: none"),
    ],
)
def test_nothing_shows_how_it_is_stored(value: Any, text: str) -> None:
    assert readable(value) == text


def test_a_line_of_history_tells_what_became_other() -> None:
    before = {"status": "Pending", "replicas": 2}
    after = {"status": "Running", "replicas": 2, "version": "1.0"}
    assert list(changes(before, after, of=ID)) == [
        Change("status", "Pending", "Running"),
        Change("replicas", "", "2"),
        Change("version", "", "1.0"),
    ]


def test_a_line_of_history_leaves_out_where_it_stands() -> None:
    after = {"serviceId": ID, "environmentId": ID, "tenantId": "acme", "endedAt": None}
    assert list(changes(None, after, of=ID)) == []
    assert list(changes({"a": 1}, None, of=ID)) == []


def test_digests_show_their_beginning_and_ids_their_end() -> None:
    after = {"sha256": "ab" * 32, "digest": "sha256:" + "cd" * 32, "configurationId": ID}
    found = [change.after for change in changes(None, after, of="")]
    assert found == ["abababababab…", "cdcdcdcdcdcd…", "…2d5aeaaf"]
