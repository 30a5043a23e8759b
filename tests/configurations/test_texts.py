"""A payload as text: where it cannot be read, line and column; hostile text costs nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.configurations.differences import differences, unified
from apps.configurations.texts import located, read, write
from apps.core.errors import Invalid


def problem(text: str, format: str) -> str:
    with pytest.raises(Invalid) as refusal:
        read(text, format)
    [said] = refusal.value.fields["text"]
    return str(said)


@pytest.mark.parametrize(
    ("text", "format", "said"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "yaml", "line 3, column 2: it is not YAML"),
        ("a: 1\n\tb: 2\n", "yaml", "line 2, column 1: it is not YAML"),
        ("a: !!python/object:os.system x\n", "yaml", "line 1, column 4:"),
        ("? [a]\n: 1\n", "yaml", "line 1, column 3: a list or a mapping is used as a key"),
        ("a: 1\n---\nb: 2\n", "yaml", "line 2, column 1: there is more than one"),
        ("a: 1\na: 2\n", "yaml", "The key 'a' is given twice"),
        ('{"a": 1,\n "b" 2}', "json", "line 2, column 6"),
        ('{"a": 1, "a": 2}', "json", "A key is given twice"),
        ("{} {}", "json", "there is more than one document"),
        ('{"a": NaN}', "json", "NaN is not a JSON number"),
        ("a: 1", "json", "line 1, column 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, format: str, said: str) -> None:
    assert said in problem(text, format)


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_nothing_is_an_empty_payload(format: str) -> None:
    assert read("", format) == {}
    assert read("null", format) == {}


def test_an_alias_that_grows_without_end_is_refused() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
    )
    assert "values" in problem(laughs, "yaml")
    assert "nested deeper" in problem("[" * 5000, "yaml")
    assert "nested deeper" in problem("[" * 5000 + "]" * 5000, "json")


def test_no_password_is_quoted() -> None:
    for text, format in (('{"password": "hunter2" x}', "json"), ("password: [hunter2\n", "yaml")):
        assert "hunter2" not in problem(text, format)


def test_what_the_payload_may_not_hold_is_told_by_path_and_line() -> None:
    refusal = Invalid("no", fields={"payload.db.password": ["looks secret"], "payload": ["whole"]})
    text = "name: x\ndb:\n  password: hunter2\n"
    assert located(refusal, text).fields == {
        "text": [
            "payload.db.password (line 3, column 13): looks secret",
            "payload (line 1, column 1): whole",
        ]
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(categories=["L", "N"]), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), _JSON, max_size=4))
def test_written_and_read_again_it_is_the_same(payload: dict[str, Any]) -> None:
    for format in ("json", "yaml"):
        assert read(write(payload, format), format) == payload


def test_differences_are_told_by_path_and_none_where_there_is_none() -> None:
    before = {"a": {"b": 1, "gone": [1]}, "list": [1, 2, 3], "same": {"x": None}, "t": 1}
    after = {"a": {"b": 2, "new": {}}, "list": [1, 5], "same": {"x": None}, "t": True}
    assert [(d.path, d.kind, d.before, d.after) for d in differences(before, after)] == [
        ("a.b", "changed", "1", "2"),
        ("a.gone", "removed", "[1]", ""),
        ("a.new", "added", "", "{}"),
        ("list[1]", "changed", "2", "5"),
        ("list[2]", "removed", "3", ""),
        ("t", "changed", "1", "true"),
    ]
    assert differences(before, before) == []
    assert unified(before, before, ("a", "b")) == []


def test_line_by_line_has_its_limit() -> None:
    assert unified({}, {"a": list(range(6000))}, ("a", "b")) is None
    assert "+colour: blue" in (unified({}, {"colour": "blue"}, ("a", "b")) or [])
