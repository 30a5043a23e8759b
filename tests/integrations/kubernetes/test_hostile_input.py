"""Broken and hostile input refuses the whole import, at once, and says where."""

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.integrations.kubernetes.documents import read_documents
from apps.integrations.kubernetes.limits import MAX_BYTES
from apps.integrations.kubernetes.records import Source, UnreadableManifest
from apps.integrations.kubernetes.release import read_release

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
LONG_LAUGHS = "a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 10_000 + "*a]\n"


def refused(data: bytes | str, name: str = "x.yaml") -> UnreadableManifest:
    written = data if isinstance(data, bytes) else data.encode()
    with pytest.raises(UnreadableManifest) as caught:
        read_release([Source(name, written)], vault="acme")
    return caught.value


@pytest.mark.parametrize(
    ("data", "document", "reason"),
    [
        (LAUGHS, 1, "more than 1,000,000 values"),
        (LONG_LAUGHS, 1, "aliases grow it"),
        ("a: &a [*a]", 1, "not complete before it"),
        ("a: *nobody", 1, "not complete before it"),
        ("---\n---\na: !!python/object/apply:os.system [ls]", 2, "the tag '!!python/object/"),
        ("a: !!binary aGk=", 1, "the tag '!!binary'"),
        ("a: !!set {b, c}", 1, "the tag '!!set'"),
        ("a: !Ref b", 1, "the tag '!Ref'"),
        ("a: !!int b", 1, "form that its tag says"),
        ("a: " + "[" * 5_000_000, 1, "deeper than 100"),
        ("- " * 1_000_000, 1, "deeper than 100"),
        ("a: {{ .Values.tag }}", 1, "not rendered"),
        ("a:\n\tb: 1", 1, "not YAML on line 2"),
        ("a: 1\n---\nb: [", 2, "not YAML on line"),
        ("---\n" * 20_001, 20_001, "more than 20,000 documents"),
        ("%TAG !a! x\n" * 1_002, None, "directives"),
        ("<<: 1", 1, "not a mapping"),
        ("a: \0", None, "NUL"),
        ('a: "\\0"', 1, "NUL"),
        (b"a: \xff", None, "not UTF-8 at byte 3"),
        (b"\xff\xfea\0:\0\x00", None, "not UTF-16"),
        ("a: b".encode("utf-32"), None, "NUL"),
        (b"a: \x07", 1, "not allow"),
        ('{"a": NaN}', 1, "NaN is not"),
        ('{"a": "\\u0000"}', 1, "NUL"),
        ('{"a": "\\ud800"}', 1, "surrogate"),
        ('{"a":' * 101 + "1" + "}" * 101, 1, "deeper than 100"),
    ],
)
def test_hostile_input_is_refused_with_its_place(
    data: bytes | str, document: int | None, reason: str
) -> None:
    started = time.monotonic()
    error = refused(data)
    assert time.monotonic() - started < 5
    assert (error.file, error.document) == ("x.yaml", document)
    assert reason in error.reason


def test_a_hundred_megabytes_are_refused_within_a_second() -> None:
    data = b"a: b\n" * 20_000_000
    started = time.monotonic()
    assert "32 MiB" in refused(data).reason
    assert time.monotonic() - started < 1


def test_files_count_together() -> None:
    half = Source("a.yaml", b"#" * (MAX_BYTES // 2 + 1))
    with pytest.raises(UnreadableManifest, match="32 MiB"):
        read_release([half, half], vault="acme")


def test_a_million_values_are_refused_in_yaml_and_in_json() -> None:
    assert "1,000,000" in refused("- a\n" * 1_000_001).reason
    assert "1,000,000" in refused("[" + "[]," * 1_000_001 + "[]]", "x.json").reason


@pytest.mark.parametrize("opener", ["[", '{"a":'])
def test_json_that_is_nested_without_end_is_no_recursion_error(opener: str) -> None:
    assert "deeper than 100" in refused(opener * 100_000, "x.json").reason


def test_json_that_breaks_off_names_the_line_and_quotes_nothing() -> None:
    error = refused('{"password": "hunter2",\n', "x.json")
    assert error.reason == (
        "it is not JSON on line 2, column 1: Expecting property name enclosed in double quotes"
    )
    assert error.__cause__ is None


def test_a_string_without_an_end_takes_no_square_of_its_length() -> None:
    started = time.monotonic()
    refused('{"a": "' + '\\"' * 2_000_000, "x.json")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    (document,) = read_documents([Source("x.yaml", "a: ä".encode(encoding))])
    assert document.value == {"a": "ä"}


def test_an_alias_is_followed_and_a_merge_gives_way_to_what_is_written() -> None:
    text = b"a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 5\nc: *a\n"
    (document,) = read_documents([Source("x.yaml", text)])
    assert document.value["b"] == {"x": 5, "y": 2}
    assert document.value["c"] == {"x": 1, "y": 2}


def test_plain_scalars_are_read_as_kubernetes_reads_them() -> None:
    text = b"[2020-01-01, 1:30, yes, off, ~, 0x10, 010, 1_000, 1.5, .nan, 1e999, '1', 08, v1, on]"
    (document,) = read_documents([Source("x.yaml", b"a: " + text)])
    assert document.value["a"] == [
        *("2020-01-01", "1:30", True, False, None, 16, 8, 1000, 1.5),
        *(".nan", "1e999", "1", 8.0, "v1", True),
    ]


def test_a_key_that_is_given_twice_is_listed_because_either_could_be_meant() -> None:
    data = b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, name: b}\n"
    (odd,) = read_release([Source("x.yaml", data)], vault="acme").not_understood
    assert odd.reason == "The key 'name' is given twice in one mapping."
    assert odd.kind == "Deployment"
    (odd,) = read_release(
        [Source("x.json", b'{"kind": "A", "kind": "B"}')], vault="a"
    ).not_understood
    assert odd.reason == "A key is given twice in one object."


def test_no_more_than_the_limit_is_read_from_a_stream(tmp_path: object) -> None:
    class Endless:
        def read(self, size: int) -> bytes:
            return b"x" * size

    source = Source.read("-", Endless())  # type: ignore[arg-type]
    assert len(source.data) == MAX_BYTES + 1


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_bring_anything_but_a_release_or_a_refusal(data: bytes) -> None:
    try:
        read_release([Source("x", data)], vault="acme")
    except UnreadableManifest as error:
        assert error.file == "x"


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats())
KEYS = st.sampled_from(
    [
        *("apiVersion", "kind", "metadata", "name", "namespace", "spec", "template", "containers"),
        *("image", "env", "value", "valueFrom", "items", "replicas", "labels", "data", "ports"),
        *("selector", "rules", "host", "http", "paths", "backend", "metrics"),
    ]
)
VALUES = st.one_of(SCALARS, st.sampled_from(["v1", "apps/v1", "Deployment", "List", "Service"]))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [
            *(("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "List")),
            *(("autoscaling/v2", "HorizontalPodAutoscaler"), ("networking.k8s.io/v1", "Ingress")),
            *(("batch/v1", "CronJob"), ("v1", "Secret"), ("v1", "Pod")),
        ]
    ),
    st.dictionaries(
        KEYS,
        st.recursive(
            VALUES,
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)
            ),
        ),
    ),
)
def test_no_shape_of_an_object_brings_anything_but_a_release(
    kind: tuple[str, str], body: dict[str, object]
) -> None:
    written = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, **body}
    with contextlib.suppress(UnreadableManifest):
        read_release([Source("x", json.dumps(written).encode())], vault="acme")
