"""RFC 8785: one form for one meaning, whatever wrote it, and the same after a night in jsonb."""

import hashlib
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.configurations.canonical import MAX_BYTES, MAX_DEPTH, checksum
from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, verified
from apps.core import door
from apps.core.errors import Invalid
from tests.core.doors import inside
from tests.world import World

BIG = 2**53


def _sha(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    ("payload", "canonical"),
    [
        ({}, "{}"),
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        # RFC 8785, 3.2.2
        (
            {
                "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000f\nA'B\"\\\\\"/",
                "literals": [None, True, False],
            },
            '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
        ),
        # RFC 8785, 3.2.3: by UTF-16 code units, so that the emoji stands before U+FB33.
        (
            {
                "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter",
                "1": "One", "\U0001f600": "Emoji", "\u0080": "Control", "\u00f6": "o",
            },
            '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"o",'
            '"\u20ac":"Euro Sign","\U0001f600":"Emoji","\ufb33":"Hebrew Letter"}',
        ),
        # Nothing is normalised: é in one character and in two are two texts.
        ({"\u00e9": 1, "e\u0301": 2}, '{"e\u0301":2,"\u00e9":1}'),
    ],
)  # fmt: skip
def test_the_vectors_of_the_rfc_come_out_as_it_says(payload: Any, canonical: str) -> None:
    assert checksum(payload) == _sha(canonical)


@pytest.mark.parametrize(
    ("bits", "canonical"),
    [
        *(("0000000000000000", "0"), ("8000000000000000", "0"), ("0000000000000001", "5e-324")),
        *(("8000000000000001", "-5e-324"), ("433fffffffffffff", "9007199254740991")),
        *(("c33fffffffffffff", "-9007199254740991"), ("3eb0c6f7a0b5ed8d", "0.000001")),
        *(("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"), ("41b3de4355555553", "333333333.3333332")),
        *(("41b3de4355555554", "333333333.33333325"), ("41b3de4355555555", "333333333.3333333")),
        *(("41b3de4355555556", "333333333.3333334"), ("41b3de4355555557", "333333333.33333343")),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_a_number_is_written_as_the_rfc_writes_it(bits: str, canonical: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert checksum({"n": number}) == _sha(f'{{"n":{canonical}}}')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": 0.0}, {"n": -0.0}),
        ({"n": 100}, {"n": 1e2}),
    ],
)
def test_two_ways_to_write_one_thing_have_one_checksum(one: Any, other: Any) -> None:
    assert checksum(one) == checksum(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": "1"}, {"a": 1}),
        ({"a": None}, {}),
        ({"a": True}, {"a": 1}),
        ({"a": {}}, {"a": []}),
    ],
)
def test_two_things_have_two_checksums(one: Any, other: Any) -> None:
    assert checksum(one) != checksum(other)


def _nested(levels: int, kind: Any = dict) -> Any:
    found: Any = {} if kind is dict else []
    for _ in range(levels):
        found = {"a": found} if kind is dict else [found]
    return found


@pytest.mark.parametrize(
    ("value", "path"),
    [
        *((value, "payload.a") for value in (BIG, -BIG, 2**64, 10**30, 1e16, 1e21, 1.7e308)),
        *((float(value), "payload.a") for value in ("nan", "inf", "-inf")),
        ([1, {"b": [BIG]}], "payload.a[1].b[0]"),
        ("x\x00y", "payload.a"),
        ({"x\x00": 1}, "payload.a"),
        ("\ud800", "payload.a"),
        ("\udc00\ud800", "payload.a"),
        ({"\ud800": 1}, "payload.a"),
        ({1: 2}, "payload.a"),
        (_nested(MAX_DEPTH), "payload.a" + ".a" * MAX_DEPTH),
        (_nested(10_000, list), "payload.a" + "[0]" * MAX_DEPTH),
        ("x" * MAX_BYTES, "payload"),
        (["é"] * (MAX_BYTES // 4), "payload"),
        (object(), "payload"),
    ],
    ids=[str(n) for n in range(22)],
)
def test_what_has_no_canonical_form_is_refused_with_its_path(value: Any, path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checksum({"a": value})
    assert list(refusal.value.fields) == [path]
    assert len(str(refusal.value)) < 500


def test_the_deepest_and_the_largest_that_fit_are_taken() -> None:
    assert checksum(_nested(MAX_DEPTH))
    assert checksum({"a": "x" * (MAX_BYTES - len('{"a":""}'))})
    assert checksum({"a": [BIG - 1, 1 - BIG, True]})


@pytest.mark.parametrize("payload", [[], "text", 1, None, [{}]])
def test_a_payload_is_an_object(world: World, rolled_back: None, payload: Any) -> None:
    with inside(world.acme), pytest.raises(Invalid) as refusal:
        draft_configuration(payload=payload)
    assert list(refusal.value.fields) == ["payload"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.floats(min_value=1e14, max_value=1e24)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=()), max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def behind_the_door(world: World, rolled_back: None) -> Any:
    with inside(world.acme):
        yield


@settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(payload=st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_whatever_is_stored_is_verified_when_it_is_read_again(
    behind_the_door: None, payload: dict[str, Any]
) -> None:
    try:
        with door.atomic():
            made = draft_configuration(payload=payload)
            read = RuntimeConfiguration.objects.get(id=made.id)
            assert read.checksum == checksum(payload) == checksum(read.payload)
            assert verified(read) is read
            raise _Undone
    except (Invalid, _Undone):
        pass


class _Undone(Exception):
    pass
