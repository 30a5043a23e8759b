"""What differs between two deployments: a pure function, no database."""

from typing import Any

import pytest

from apps.deployments.comparison import Facts, Snapshot, compare

REF = {"secretRef": "kv://acme/a"}
OTHER_REF = {"secretRef": "kv://acme/b"}


def _paths(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    found = compare(Snapshot(before, {}), Snapshot(after, {}))
    return [(d.path, d.kind, d.before, d.after) for d in found.configuration]


@pytest.mark.parametrize(
    "payload", [{}, {"a": None}, {"a": [1, {"b": 2}]}, {"a": 1.0, "b": True, "c": REF}]
)
def test_nothing_differs_from_itself(payload: Any) -> None:
    snapshot = Snapshot(payload, {"api": Facts("i", "1", 1)})
    assert not compare(snapshot, snapshot)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"a": 1}, [("a", "added", None, 1)]),
        ({"a": 1}, {}, [("a", "removed", 1, None)]),
        ({"a": 1}, {"a": 2}, [("a", "changed", 1, 2)]),
        ({"a": None}, {}, [("a", "removed", None, None)]),
        ({}, {"a": None}, [("a", "added", None, None)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a", "changed", 1, True)]),
        ({"a": 0}, {"a": False}, [("a", "changed", 0, False)]),
        ({"a": "1"}, {"a": 1}, [("a", "changed", "1", 1)]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, [("a.b.c", "changed", 1, 2)]),
        ({"a": {}}, {"a": {"b": 1}}, [("a.b", "added", None, 1)]),
        ({"a": {"b": 1}}, {"a": 5}, [("a", "changed", {"b": 1}, 5)]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, [("a[1]", "changed", 2, 3), ("a[2]", "added", None, 4)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("a[0].b", "changed", 1, 2)]),
        ({"a": REF}, {"a": OTHER_REF}, [("a", "changed", REF, OTHER_REF)]),
        ({"a": REF}, {"a": {"b": 1}}, [("a", "changed", REF, {"b": 1})]),
        (
            {"a.b": 1}, {"a": {"b": 1}},
            [("a", "added", None, {"b": 1}), ('"a.b"', "removed", 1, None)],
        ),
        ({"": 1}, {"": 2}, [('""', "changed", 1, 2)]),
    ],
)  # fmt: skip
def test_a_payload_is_compared_path_by_path(before: Any, after: Any, expected: Any) -> None:
    assert _paths(before, after) == expected


def test_services_are_added_removed_and_changed() -> None:
    old = {"api": Facts("i:1", "1", 2), "gone": Facts("g", "1", 1), "same": Facts("s", "1", 1)}
    new = {"api": Facts("i:1", "1", 3), "new": Facts("n", "1", 1), "same": Facts("s", "1", 1)}
    found = compare(Snapshot({}, old), Snapshot({}, new)).services
    assert [(d.module_id, d.kind, d.before, d.after) for d in found] == [
        ("api", "changed", old["api"], new["api"]),
        ("gone", "removed", old["gone"], None),
        ("new", "added", None, new["new"]),
    ]


def test_the_way_back_is_the_same_way_turned_round() -> None:
    left = Snapshot({"a": 1, "b": [1]}, {"api": Facts("i", "1", 1)})
    right = Snapshot({"b": [1, 2], "c": {}}, {})
    there, back = compare(left, right), compare(right, left)
    assert [(d.path, d.before, d.after) for d in there.configuration] == [
        (d.path, d.after, d.before) for d in back.configuration
    ]
    assert [d.before for d in there.services] == [d.after for d in back.services]
