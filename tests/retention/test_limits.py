"""`run_retention --max-seconds`: no batch after that time, and the next run does the rest."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from apps.core import door
from apps.retention import limit, runs
from apps.retention import purge as batches
from apps.retention.models import RetentionRun
from apps.tenant_bindings.context import enter_platform
from tests.core.shell import manage
from tests.retention.ages import DEPLOYMENTS, aged
from tests.world import OPERATOR


def _run(*arguments: str) -> Any:
    return manage("run_retention", *arguments, "--format", "json")


def test_a_run_out_of_time_ends_after_its_batch_and_the_next_does_the_rest(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = aged("pool")
    found.release_anew(4)
    found.retire("cart")
    found.age_all("800 days")
    now = [0.0]
    delete = batches._delete

    def slowly(*arguments: Any) -> None:
        delete(*arguments)
        now[0] += 60

    monkeypatch.setattr(limit, "monotonic", lambda: now[0])
    monkeypatch.setattr(batches, "_delete", slowly)
    monkeypatch.setattr(batches, "MOST", 1)
    monkeypatch.setattr(batches, "LEAST", 1)
    monkeypatch.setattr(runs, "Work", partial(batches.Work, size=1))
    history = ("--tenant", found.slug, "--data-class", "deployment-history")
    before = found.count(DEPLOYMENTS)
    first = _run(*history, "--max-seconds", "30")
    assert (first.code, first.err) == (0, "")
    assert first.json["endedForTime"] is True
    (entry,) = first.json["entries"]
    assert (entry["due"], entry["purged"]) == (2, 1)
    assert found.count(DEPLOYMENTS) == before - 1
    with door.using("steward"), enter_platform(actor=OPERATOR):
        run = RetentionRun.objects.get(id=first.json["runId"])
    assert (run.status, run.note) == ("Completed", "ended for time; the next run does the rest")
    certificate = manage("export_certificate", "--tenant", found.slug, "--run", str(run.id))
    assert certificate.code == 0, certificate.err

    rest = _run(*history, "--max-seconds", "90")
    assert (rest.code, rest.json["endedForTime"]) == (0, False)
    (entry,) = rest.json["entries"]
    assert (entry["due"], entry["purged"]) == (1, 1)
    assert found.count(DEPLOYMENTS) == before - 2


def test_a_run_out_of_time_begins_with_whom_no_run_came_to_for_longest(committed: None) -> None:
    one, other = aged("shared"), aged("shared")

    def order() -> list[str]:
        with door.using("steward"):
            found = runs._tenants(RetentionRun(), OPERATOR, in_turn=True)
        return [slug for slug in found if slug in (one.slug, other.slug)]

    for late, early in ((one, other), (other, one)):
        assert _run("--tenant", late.slug, "--data-class", "drift-finding").code == 0
        assert order() == [early.slug, late.slug]


def test_no_limit_for_what_must_be_whole(committed: None) -> None:
    assert _run("--max-seconds", "0").code == 2
    for other in (["--dry-run"], ["--exception", str(uuid4())]):
        refused = _run("--max-seconds", "5", *other)
        assert refused.code != 0
        assert "does all of it" in refused.err
