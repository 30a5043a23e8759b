"""`check_step_logs`: rows without blobs and blobs without rows are told; little of it goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob import AccountSasPermissions

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.retention import orphans, tasks
from apps.retention.operations import place_hold
from apps.retention.store import Azure, Blob, Files
from tests.core.doors import on_platform
from tests.core.shell import Ended, manage
from tests.isolation.logins import connect
from tests.retention.ages import STEPS, Aged, aged
from tests.retention.azurite import STEWARD
from tests.retention.blobs import Container, entry, listed, logs, rows_gone, run
from tests.world import World


def check(found: Aged, *arguments: str) -> Ended:
    return manage("check_step_logs", "--tenant", found.slug, *arguments, "--format", "json")


def place(found: Aged, name: str = "") -> str:
    return f"{found.slug}/{found.environment}/{uuid7()}/{name or f'{uuid7()}.log'}"


@pytest.fixture
def at_age(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes every blob that a listing shows as old as is said: Azure sets that time itself."""

    def make(days: int) -> None:
        for kind in (Azure, Files):
            real = kind.below

            def below(self: Any, prefix: str, real: Any = real) -> Any:
                when = datetime.now(UTC) - timedelta(days=days)
                return (Blob(b.path, b.size, when, b.tier) for b in real(self, prefix))

            monkeypatch.setattr(kind, "below", below)

    return make


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_where_each_has_the_other_there_is_nothing_to_tell(azure: Container, model: str) -> None:
    found = aged(model)
    found.release_anew(2)
    ended = check(found)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {
        "blobs": len(logs(found)), "orphans": [], "missing": [], "differing": [], "strays": [],
        "counts": {"orphans": 0, "missing": 0, "differing": 0, "strays": 0}, "listed": 0,
        "credential": "",
    }  # fmt: skip


def test_a_row_without_its_blob_is_told(azure: Container) -> None:
    found = aged()
    lost, altered = logs(found)[0], None
    azure.blob(lost.path).delete_blob()
    found.release_anew(1)
    altered = logs(found)[-1]
    azure.blob(altered.path).upload_blob(b"longer than it was", overwrite=True)
    ended = check(found)
    assert ended.code == 1
    assert ended.json["missing"] == [{"stepId": str(lost.id), "path": lost.path}]
    assert ended.json["differing"] == [
        {"stepId": str(altered.id), "path": altered.path, "bytes": 18, "expected": altered.size}
    ]
    with connect("owner") as owner:
        assert owner.execute(f"SELECT 1 FROM {found.table(STEPS)}".encode()).fetchone()


def test_a_blob_without_a_row_is_told_and_stays(azure: Container, at_age: Any) -> None:
    found = aged()
    path = place(found)
    azure.blob(path).upload_blob(b"orphan")
    young = check(found, "--remove")
    # It may be a log whose row is about to be committed.
    assert young.code == 0
    (told,) = young.json["orphans"]
    assert (told["path"], told["bytes"], told["underWay"], told["pastWindow"]) == (
        path, 6, True, False,
    )  # fmt: skip
    at_age(365)
    old = check(found, "--remove")
    assert (old.code, old.json["listed"]) == (1, 0)
    assert old.json["orphans"][0]["underWay"] is False
    assert listed(found) == {}
    assert path in azure.paths()


def test_past_its_window_and_in_no_row_it_goes_by_the_list(azure: Container, at_age: Any) -> None:
    found = aged()
    mine = {log.path for log in logs(found)}
    orphaned = {place(found), place(found, f"{uuid7()}_x7Qa1.log"), place(found, "left over")}
    for path in orphaned:
        azure.blob(path).upload_blob(b"orphan")
    at_age(367)
    only_told = check(found)
    assert (only_told.code, only_told.json["listed"], listed(found)) == (1, 0, {})
    assert check(found, "--remove").json["listed"] == 3
    assert listed(found) == dict.fromkeys(orphaned, (False, ""))
    # What waits on the list is told no more, and not listed again.
    again = check(found, "--remove")
    assert (again.code, again.json["orphans"], again.json["listed"]) == (0, [], 0)
    ended = run(found)
    assert (ended.code, entry(ended)["purged"]) == (0, 3)
    assert azure.paths(f"{found.slug}/") == mine
    assert set(listed(found).values()) == {(True, "")}


def test_on_files_it_is_the_same(committed: None, at_age: Any) -> None:
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    found = aged()
    path = place(found)
    storages["step_logs"].save(path, ContentFile(b"orphan"))
    lost = logs(found)[0]
    storages["step_logs"].delete(lost.path)
    at_age(367)
    ended = check(found, "--remove")
    assert ended.code == 1
    assert [o["path"] for o in ended.json["orphans"]] == [path]
    assert [m["path"] for m in ended.json["missing"]] == [lost.path]
    assert run(found).code == 0
    assert not storages["step_logs"].exists(path)


def test_a_longer_window_and_a_hold_keep_an_orphan_too(
    azure: Container, at_age: Any, world: World
) -> None:
    found = aged()
    azure.blob(place(found)).upload_blob(b"orphan")
    at_age(400)
    longer = ("set_retention", "--tenant", found.slug, "--data-class", "step-log")
    assert manage(*longer, "--days", "401", "--reason", "contract").code == 0
    assert check(found, "--remove").json["listed"] == 0
    at_age(410)
    assert check(found, "--remove").json["listed"] == 1
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["step-log"], matter="m", reason="r")
    assert entry(run(found))["purged"] == 0
    assert {gone for gone, _ in listed(found).values()} == {False}


def test_what_is_of_no_environment_of_theirs_is_told_and_never_removed(
    azure: Container, at_age: Any
) -> None:
    found, other = aged(), aged("pool", "other")
    for stray in (f"{found.slug}/{other.environment}/x/y.log", f"{found.slug}/loose.log",
                  f"{found.slug}/{uuid7()}/x/y.log"):  # fmt: skip
        azure.blob(stray).upload_blob(b"stray")
    azure.blob("nobody-there/x.log").upload_blob(b"stray")
    at_age(9_000)
    before = azure.paths()
    ended = check(found, "--remove")
    assert ended.code == 1
    assert len(ended.json["strays"]) == 3
    assert (ended.json["listed"], ended.json["orphans"]) == (0, [])
    everywhere = manage("check_step_logs", "--remove", "--format", "json")
    assert {"path": "nobody-there/"} in everywhere.json["strays"]
    run(found)
    assert azure.paths() >= before - {path for path in before if other.slug in path}


def test_a_row_that_comes_while_it_looks_makes_no_orphan_and_no_loss(
    azure: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of blobs is older than the rows."""
    found = aged()
    real, calls = Azure.below, iter(range(9))

    def below(self: Azure, prefix: str) -> Any:
        seen = list(real(self, prefix))
        if next(calls) == 0:
            found.release_anew(1)
        return iter(seen)

    monkeypatch.setattr(Azure, "below", below)
    ended = check(found)
    assert (ended.code, ended.json["missing"], ended.json["orphans"]) == (0, [], [])


def test_a_store_that_is_down_says_nothing_about_any_row(azure: Container) -> None:
    found = aged()
    right = azure.server.credential(STEWARD)
    azure.use(steward_step_logs=right.replace(f":{azure.server.port}/", ":1/"))
    ended = check(found, "--remove")
    assert ended.code == 1
    assert "the store does not answer" in ended.json["error"]


def test_a_web_that_may_delete_is_told(azure: Container) -> None:
    found = aged()
    assert check(found).json["credential"] == ""
    azure.use(step_logs=azure.server.credential(
        AccountSasPermissions(read=True, create=True, delete=True)
    ))  # fmt: skip
    ended = check(found)
    assert ended.code == 1
    assert "may delete" in ended.json["credential"]


def test_no_such_tenant_is_refused(committed: None) -> None:
    assert manage("check_step_logs", "--tenant", "nobody-there").code == 1


def test_the_worker_looks_once_a_day_and_fails_where_something_is_wrong(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def look(**how: Any) -> orphans.Report:
        asked.append(how)
        return orphans.Report(missing=[{"stepId": "x", "path": "y"}])

    monkeypatch.setattr(tasks, "check_step_logs", look)
    with pytest.raises(tasks.FoundWanting, match="'missing': 1"):
        tasks.check_logs(0)
    assert [how["remove"] for how in asked] == [True]


def test_what_waits_on_the_list_is_no_orphan(azure: Container) -> None:
    found = rows_gone()
    ended = check(found)
    assert (ended.code, ended.json["orphans"]) == (0, [])
