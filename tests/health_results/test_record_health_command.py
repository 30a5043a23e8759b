"""manage.py record_health: a million lines, good ones and bad ones."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.core.ids import uuid7
from apps.tenant_bindings.operations import suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import inside, on_platform
from tests.core.shell import Ended, manage
from tests.health_results.lines import Place, line, make_place, many, write
from tests.health_results.results import service_of


@pytest.fixture
def place(committed: None) -> Place:
    return make_place()


def record(place: Place, path: Path | str, *options: str) -> Ended:
    return manage(
        "record_health", "--tenant", place.world.acme.slug,
        "--environment", place.environment, path, *options, "--format", "json",
    )  # fmt: skip


def test_what_is_in_the_file_is_recorded_once(place: Place, tmp_path: Path) -> None:
    service = str(place.services["web"])
    path = write(tmp_path, [line(), line(probe="tcp"), line(moduleId=None, serviceId=service), ""])
    ended = record(place, path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {"accepted": 3, "duplicates": 0, "rejectedCount": 0, "rejected": []}
    again = record(place, path)
    assert (again.code, again.json["accepted"], again.json["duplicates"]) == (0, 0, 3)
    assert place.kept == 3
    with inside(place.world.acme, environment_id=place.environment):
        assert service_of(place.services["cart"]).live_state == "Running"


def test_the_shell_is_told_in_words_too(place: Place, tmp_path: Path) -> None:
    ended = manage(
        "record_health", "--tenant", place.world.acme.slug,
        "--environment", place.environment,
        write(tmp_path, [line(), line(status="Fine")]), "--keep-good",
    )  # fmt: skip
    assert ended.code == 1
    assert "1 recorded, 0 were there already." in ended.out
    assert "line 2: status: must be one of Healthy, Degraded, Unhealthy" in ended.out


def test_one_bad_line_is_told_and_nothing_is_kept(place: Place, tmp_path: Path) -> None:
    path = write(tmp_path, [*many(1500), line(status="Fine"), *many(10)])
    ended = record(place, path)
    assert ended.code == 1
    assert ended.json == {
        "accepted": 0,
        "duplicates": 0,
        "rejectedCount": 1,
        "rejected": [
            {"line": 1501, "reason": "status: must be one of Healthy, Degraded, Unhealthy"}
        ],
    }
    assert place.kept == 0


def test_what_is_good_is_kept_where_one_asks_for_it(place: Place, tmp_path: Path) -> None:
    path = write(tmp_path, [line(status="Fine"), *many(1500), "[]", "{"])
    ended = record(place, path, "--keep-good")
    assert ended.code == 1
    assert (ended.json["accepted"], ended.json["rejectedCount"]) == (1500, 3)
    assert [problem["line"] for problem in ended.json["rejected"]] == [1, 1502, 1503]
    assert place.kept == 1500


DEEP = "[" * 30_000 + "]" * 30_000
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "ten megabytes": (line(detail="x" * 10_000_000), "is longer than 65536 bytes"),
    "ten megabytes of nothing": (b"\x00" * 10_000_000, "is longer than 65536 bytes"),
    "deep": (DEEP, "is nested too deep"),
    "deep inside": ('{"detail": ' + "[" * 20_000 + "]" * 20_000 + "}", "is nested too deep"),
    "NUL": (line(detail="a\x00b"), "detail: must be 0 to 2000 characters, without NUL"),
    "a bare NUL": (b'{"detail": "\x00"}', "is not JSON"),
    "half a surrogate pair": (line().replace("200 OK", "\\ud800"), "detail: must be"),
    "no UTF-8": (b'{"detail": "\xff\xfe"}', "is not UTF-8"),
    "NaN": (line(latencyMs=float("nan")), "holds NaN, which is no JSON number"),
    "Infinity": (line(latencyMs=float("-inf")), "holds -Infinity, which is no JSON number"),
    "huge exponent": (line().replace("12,", "1e999,"), "latencyMs: must be a whole number"),
    "huge integer": (line().replace("12,", "9" * 5000 + ","), "holds a number that is too long"),
    "large integer": (line(latencyMs=2**31), "latencyMs: must be a whole number of 0 to"),
    "a fraction": (line(latencyMs=1.5), "latencyMs: must be a whole number"),
    "true": (line(latencyMs=True), "latencyMs: must be a whole number"),
    "text for a number": (line(latencyMs="12"), "latencyMs: must be a whole number"),
    "a number for text": (line(probe=12), "probe: must be text"),
    "an object for text": (line(detail={"a": 1}), "detail: must be text"),
    "null": ("null", "is not a JSON object"),
    "a list": (f"[{line()}]", "is not a JSON object"),
    "two objects": (line() + line(), "is not JSON"),
    "a field twice": (line()[:-1] + ', "status": "Healthy"}', "gives a field twice"),
    "an unknown field": (line(latency=3), "latency: is no field of a result"),
    "no status": (line(status=None), "status: is missing"),
    "no probe": (line(probe=None), "probe: is missing"),
    "no time": (line(checkedAt=None), "checkedAt: is missing"),
    "no service": (line(moduleId=None), "serviceId: name the service"),
    "both names": (line(serviceId=str(uuid7())), "serviceId: name the service"),
    "no id": (line(moduleId=None, serviceId="cart"), "serviceId: must be the id of a service"),
    "a number for an id": (line(moduleId=None, serviceId=7), "serviceId: must be the id"),
    "a list for an id": (line(moduleId=None, serviceId=[]), "serviceId: must be the id"),
    "an empty module": (line(moduleId=""), "moduleId: must be text"),
    "a number for a module": (line(moduleId=7), "moduleId: must be text"),
    "an unknown module": (line(moduleId="nothing"), "moduleId: there is no such service here"),
    "a time of no kind": (line(checkedAt="yesterday"), "checkedAt: must be a time like"),
    "a time of no zone": (line(checkedAt="2026-11-24T12:00:00"), "checkedAt: must say its time"),
    "the first time": (line(checkedAt="0001-01-01T00:00:00+14:00"), "checkedAt: is more than 30"),
    "the last time": (line(checkedAt="9999-12-31T23:59:59-14:00"), "checkedAt: is more than 5"),
}


def test_every_hostile_line_is_told_by_its_number_and_none_hides_another(
    place: Place, tmp_path: Path
) -> None:
    lines = [one for given, _ in HOSTILE.values() for one in (given, line(probe=str(uuid7())))]
    ended = record(place, write(tmp_path, lines), "--keep-good")
    assert ended.code == 1
    assert ended.json["accepted"] == len(HOSTILE)
    told = {problem["line"]: problem["reason"] for problem in ended.json["rejected"]}
    assert list(told) == [2 * n + 1 for n in range(len(HOSTILE))]
    for (name, (_, reason)), said in zip(HOSTILE.items(), told.values(), strict=True):
        assert said.startswith(reason), name
        assert len(said) < 300, name


@pytest.mark.parametrize("name", ["ten megabytes", "deep", "NUL", "NaN"])
def test_a_hostile_line_alone_keeps_nothing(place: Place, tmp_path: Path, name: str) -> None:
    ended = record(place, write(tmp_path, [line(), HOSTILE[name][0]]))
    assert (ended.code, ended.json["rejectedCount"]) == (1, 1)
    assert place.kept == 0


def test_the_last_line_needs_no_end_and_may_be_too_long(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line().encode() + b"\r\n\r\n" + line(probe="b").encode())
    assert record(place, path).json["accepted"] == 2
    path.write_bytes(b"x" * 200_000)
    ended = record(place, path)
    assert ended.json["rejected"] == [{"line": 1, "reason": "is longer than 65536 bytes"}]


def test_of_very_many_bad_lines_the_first_hundred_are_told(place: Place, tmp_path: Path) -> None:
    ended = record(place, write(tmp_path, ["{"] * 5000), "--keep-good")
    assert (ended.json["rejectedCount"], len(ended.json["rejected"])) == (5000, 100)


def test_a_service_of_another_is_answered_like_one_that_is_nowhere(
    committed: None, tmp_path: Path
) -> None:
    place = make_place("shared")

    def told(service: Any) -> Any:
        path = write(tmp_path, [line(moduleId=None, serviceId=str(service))])
        return record(place, path).json

    nowhere = told(uuid7())
    assert nowhere["rejected"] == [
        {"line": 1, "reason": "serviceId: there is no such service here"}
    ]
    assert told(place.world.globex.services["shared"]["cart"]) == nowhere
    assert told(place.world.acme.services["pool"]["cart"]) == nowhere


def test_a_suspended_binding_takes_nothing_and_says_why(place: Place, tmp_path: Path) -> None:
    binding = place.binding
    with on_platform(place.world):
        suspend_binding(binding)
    for options in ([], ["--keep-good"]):
        ended = record(place, write(tmp_path, [line()]), *options)
        assert ended.code == 1
        assert "suspended" in ended.json["error"]
    assert place.kept == 0


def test_a_released_binding_is_not_there(place: Place, tmp_path: Path) -> None:
    binding = place.binding
    with on_platform(place.world):
        release_binding(binding)
    ended = record(place, write(tmp_path, [line()]))
    assert (ended.code, ended.json["error"]) == (1, "There is no such thing here.")


def test_what_was_kept_before_a_suspension_is_told(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.health_results.management.commands import record_health

    binding, enter = place.binding, record_health.enter_tenant

    @contextlib.contextmanager
    def then_suspended(*arguments: Any, **options: Any) -> Iterator[Any]:
        with enter(*arguments, **options) as entered:
            yield entered
        with on_platform(place.world):
            suspend_binding(binding)

    monkeypatch.setattr(record_health, "enter_tenant", then_suspended)
    ended = record(place, write(tmp_path, many(2500)), "--keep-good")
    assert ended.code == 1
    assert ended.json["accepted"] == place.kept == 1000
    assert "suspended" in ended.json["error"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--environment", "prod", "x"], "--environment must be the id"),
        (["--environment", str(uuid7()), "/nowhere/results.jsonl"], "No such file"),
        (["--environment", str(uuid7()), "/"], "Is a directory"),
    ],
)
def test_wrong_usage_is_told_from_a_refusal(committed: None, options: list[str], told: str) -> None:
    ended = manage("record_health", "--tenant", "acme", *options)
    assert ended.code == 2
    assert told in ended.err


def test_a_tenant_that_is_not_there_is_refused(committed: None, tmp_path: Path) -> None:
    path = write(tmp_path, [line()])
    ended = manage("record_health", "--tenant", "nobody", "--environment", uuid7(), path)
    assert (ended.code, "no such thing" in ended.err) == (1, True)


def test_json_of_a_refusal_is_one_object(place: Place, tmp_path: Path) -> None:
    ended = record(place, write(tmp_path, ["{"]))
    assert json.loads(ended.out)["rejectedCount"] == 1
