"""The row goes first, the blob after: from a list, until a read answers that it is gone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from azure.storage.blob import AccountSasPermissions
from django.core.files.storage import storages

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.retention import purge as batches
from apps.retention import step_logs
from apps.retention.going import Gone
from apps.retention.operations import place_hold
from apps.retention.store import Azure, store
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.logins import connect, refused, rows, stand
from tests.retention.ages import STEPS, Aged, aged
from tests.retention.azurite import STEWARD, WEB
from tests.retention.blobs import Container, entry, listed, logs, rows_gone, run
from tests.world import World

READS = AccountSasPermissions(read=True, list=True, write=True)


def test_in_one_run_the_row_goes_and_then_the_blob(azure: Container) -> None:
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    sizes = {log.path: log.size for log in logs(found)}
    ended = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    told = {e["dataClass"]: e for e in ended.json["entries"]}["step-log"]
    gone = listed(found)
    assert len(gone) == 2
    assert set(gone.values()) == {(True, "")}
    assert (told["purged"], told["bytes"]) == (2, sum(map(sizes.__getitem__, gone)))
    assert told["tiered"] == told["due"] - 2
    # Every blob that is left has its row, and every row its blob.
    assert azure.paths(f"{found.slug}/") == {log.path for log in logs(found)}


def test_rows_and_blobs_of_a_tenant_on_files_go_the_same_way(committed: None) -> None:
    found = rows_gone()
    before = listed(found)
    assert {storages["step_logs"].exists(path) for path in before} == {True}
    told = run(found)
    assert told.code == 0
    assert (entry(told)["due"], entry(told)["purged"]) == (2, 2)
    assert {storages["step_logs"].exists(path) for path in before} == {False}
    assert set(listed(found).values()) == {(True, "")}
    assert {storages["step_logs"].exists(log.path) for log in logs(found)} == {True}


def test_a_path_is_listed_in_the_transaction_that_takes_its_row(
    azure: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the row stays the path is not listed, and nothing of the blob is touched."""
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    paths = azure.paths(found.slug)
    monkeypatch.setattr(batches, "take", lambda *args, **more: Gone())
    assert manage("run_retention", "--tenant", found.slug).code == 1
    assert listed(found) == {}
    assert azure.paths(found.slug) == paths


def test_a_run_that_dies_after_the_blob_has_gone_is_made_good(
    azure: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rows_gone()

    class Killed(BaseException):
        pass

    def dies(*arguments: Any) -> None:
        raise Killed

    monkeypatch.setattr(step_logs, "_mark", dies)
    with pytest.raises(Killed):
        run(found)
    monkeypatch.undo()
    assert {gone for gone, _ in listed(found).values()} == {False}
    assert len(azure.paths(found.slug) & set(listed(found))) < 2
    ended = run(found)
    assert (ended.code, entry(ended)["purged"]) == (0, 2)
    assert set(listed(found).values()) == {(True, "")}


def test_a_blob_that_will_not_go_stays_on_the_list(azure: Container) -> None:
    found = rows_gone()
    leased = sorted(listed(found))[0]
    lease = azure.blob(leased).acquire_lease()
    ended = run(found)
    assert ended.code == 1
    assert f"{leased}: the store answers 412 (LeaseIdMissing)" in ended.err
    assert entry(ended)["purged"] == 1
    told = listed(found)
    assert (told[leased][0], "LeaseIdMissing" in told[leased][1]) == (False, True)
    lease.release()
    assert entry(run(found))["purged"] == 1
    assert set(listed(found).values()) == {(True, "")}
    assert leased not in azure.paths()


def test_a_snapshot_goes_with_its_blob(azure: Container) -> None:
    found = rows_gone()
    for path in listed(found):
        azure.blob(path).create_snapshot()
    assert run(found).code == 0
    left = azure.server.container(azure.name).list_blobs(include=["snapshots"])
    assert {blob.name for blob in left} == {log.path for log in logs(found)}


@pytest.mark.parametrize("down", ["no server", "no container", "no right", "read only"])
def test_a_store_that_does_not_answer_has_removed_nothing(azure: Container, down: str) -> None:
    found = rows_gone()
    paths = azure.paths(found.slug)
    right = azure.server.credential(STEWARD)
    if down == "no server":
        azure.use(steward_step_logs=right.replace(f":{azure.server.port}/", ":1/"))
    elif down == "no container":
        nowhere = azure.server.storages("nowhere-at-all")["steward_step_logs"]
        azure.settings.STORAGES = {**azure.settings.STORAGES, "steward_step_logs": nowhere}
    else:
        azure.use(steward_step_logs=azure.server.credential(WEB if down == "no right" else READS))
    ended = run(found)
    assert ended.code == 1
    assert entry(ended)["purged"] == 0
    assert {gone for gone, _ in listed(found).values()} == {False}
    assert azure.paths(found.slug) == paths
    azure.use()
    assert run(found).code == 0
    assert {gone for gone, _ in listed(found).values()} == {True}


def test_files_whose_folder_has_gone_prove_nothing(
    committed: None, settings: Any, tmp_path: Any
) -> None:
    found = rows_gone()
    lost = {**settings.STORAGES["steward_step_logs"], "OPTIONS": {"location": tmp_path / "lost"}}
    settings.STORAGES = {**settings.STORAGES, "steward_step_logs": lost}
    ended = run(found)
    assert ended.code == 1
    assert "there is no folder" in ended.err
    assert {gone for gone, _ in listed(found).values()} == {False}


def test_what_is_there_after_its_deletion_is_not_done(
    azure: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody puts it back, or the account keeps it: the read decides, not the deletion."""
    found = rows_gone()
    monkeypatch.setattr(Azure, "delete", lambda self, path: None)
    ended = run(found)
    assert ended.code == 1
    assert "it is there after its deletion" in ended.err
    assert {gone for gone, _ in listed(found).values()} == {False}


def test_an_earlier_version_that_the_account_keeps_is_not_gone(
    azure: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azurite keeps none, so the versions are played here."""
    found = rows_gone()
    kept = {path: ["v1", "v2"] for path in listed(found)}
    removed: list[tuple[str, str]] = []

    class Version:
        size, last_modified, blob_tier = 4, None, "Hot"

        def __init__(self, name: str, version: str) -> None:
            self.name, self.version_id = name, version

    def versions(self: Azure, path: str) -> list[Version]:
        return [Version(path, version) for version in kept.get(path, [])]

    monkeypatch.setattr(Azure, "_versions", versions)
    there = store()
    assert isinstance(there, Azure)
    real = type(there.container).delete_blob

    def delete(self: Any, path: str, **how: Any) -> None:
        if version := how.get("version_id"):
            removed.append((path, version))
            if version == "v1":
                kept[path] = [v for v in kept[path] if v != version]
            return
        real(self, path, **how)

    monkeypatch.setattr(type(there.container), "delete_blob", delete)
    ended = run(found)
    assert ended.code == 1
    assert {version for _, version in removed} == {"v1", "v2"}
    assert {gone for gone, _ in listed(found).values()} == {False}
    kept.clear()
    assert run(found).code == 0
    assert {gone for gone, _ in listed(found).values()} == {True}


def test_what_is_held_when_its_row_has_gone_is_not_deleted(azure: Container, world: World) -> None:
    found = rows_gone()
    paths = set(listed(found))
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["step-log"], matter="m", reason="r")
    ended = run(found)
    assert entry(ended)["heldBack"] == [{"reason": "hold", "count": 2}]
    assert (ended.code, entry(ended)["purged"]) == (0, 0)
    assert paths <= azure.paths(found.slug)


def test_a_hold_placed_in_the_middle_keeps_every_blob_that_is_still_there(
    azure: Container, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the one that is going, and none goes after it has answered."""
    found = aged()
    found.release_anew(12)
    found.age_all("800 days")
    assert manage("run_retention", "--tenant", found.slug, "--data-class",
                  "deployment-history").code == 0  # fmt: skip
    before = set(listed(found))
    assert len(before) == 10
    monkeypatch.setattr(step_logs, "LOCKED_SECONDS", 0)
    real, calls, placing = Azure.delete, iter(range(99)), list[Any]()

    def place() -> set[str]:
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            place_hold(tenant_id=found.slug, data_classes=["step-log"], matter="m", reason="r")
        return azure.paths(found.slug) & before

    with ThreadPoolExecutor(1) as pool:

        def delete(self: Azure, path: str) -> None:
            if next(calls) == 3:
                placing.append(meanwhile(pool, place))
                until_somebody_waits()
            real(self, path)

        monkeypatch.setattr(Azure, "delete", delete)
        run(found)
        seen = placing[0].result()
    assert not isinstance(seen, BaseException), seen
    assert len(seen) == 6
    assert azure.paths(found.slug) & before == seen


def test_a_path_that_a_row_names_after_all_is_left(azure: Container) -> None:
    """Whatever put it onto the list."""
    found = aged()
    log = logs(found)[0]
    with connect("steward") as steward:
        stand(steward, found.slug)
        steward.execute(_listing(found, log.path).encode())
    ended = run(found)
    assert ended.code == 1
    assert f"{log.path}: a row names it" in ended.err
    assert log.path in azure.paths()


def _listing(found: Aged, path: str) -> str:
    return (
        "INSERT INTO retention_removedlog (id, tenant_id, environment_id, path, bytes, sha256) "
        f"VALUES ('{uuid7()}', '{found.slug}', '{found.environment}', '{path}', 1, 'x')"
    )


@pytest.mark.attacks("removed_log_of_its_tenant")
def test_a_tenants_list_names_no_blob_of_another(azure: Container) -> None:
    mine, theirs = aged(), aged("pool", "other")
    path = logs(theirs)[0].path
    for login in ("steward", "owner"):
        with connect(login) as connection:
            stand(connection, mine.slug)
            assert refused(connection, _listing(mine, path)).sqlstate == "23514"
            likes = mine.slug.replace("-", "_")
            assert refused(connection, _listing(mine, f"{likes}/x")).sqlstate == "23514"


@pytest.mark.attacks("step_log_in_its_place")
def test_a_step_names_its_own_log_and_no_other(committed: None) -> None:
    """Or whoever may write a row could have another's blob deleted after it."""
    mine, theirs = aged(), aged("pool", "other")
    (log,) = logs(theirs)[:1]
    mine.release_anew(1)
    steps = mine.table(STEPS)
    for login in ("default", "owner"):
        with connect(login) as connection:
            stand(connection, mine.slug)
            owner = login == "owner"
            if owner:
                connection.execute(f"ALTER TABLE {steps} DISABLE TRIGGER guard".encode())
            else:
                connection.execute(
                    f"INSERT INTO {steps} (id, tenant_id, environment_id, deployment_id, position, "
                    f"name, status, log_path, log_sha256) SELECT '{uuid7()}', tenant_id, "
                    "environment_id, deployment_id, 99, 'x', 'Pending', '', '' "
                    f"FROM {steps} WHERE deployment_id = '{mine.deployments[0]}'".encode()
                )
            for path in (log.path, f"{mine.slug}/x.log", logs(mine)[0].path):
                error = refused(
                    connection,
                    f"UPDATE {steps} SET log_path = '{path}', log_bytes = 1, log_sha256 = 'x' "
                    f"WHERE {'log_path <> %s' if owner else 'position = 99 AND %s <> name'}",
                    [path],
                )
                assert isinstance(error, psycopg.errors.CheckViolation), error
            connection.rollback()


@pytest.mark.attacks("step_log_observed")
def test_nothing_is_seen_of_a_log_that_there_is_not(committed: None) -> None:
    found = aged()
    with connect("owner") as owner:
        owner.execute(f"ALTER TABLE {found.table(STEPS)} DISABLE TRIGGER guard".encode())
        for seen in (
            "log_path = '', log_bytes = NULL, log_sha256 = '', log_observed_at = now()",
            "log_tier = 'Cool', log_observed_at = NULL",
        ):
            error = refused(owner, f"UPDATE {found.table(STEPS)} SET {seen}")
            assert isinstance(error, psycopg.errors.CheckViolation)
        owner.rollback()


@pytest.mark.attacks("retention_removedlog: once")
def test_what_is_gone_is_gone_once_at_the_databases_time(azure: Container) -> None:
    found = rows_gone()
    where = f"WHERE tenant_id = '{found.slug}'"
    with connect("steward") as steward:
        stand(steward, found.slug)
        steward.execute(f"UPDATE retention_removedlog SET gone_at = '2001-01-01Z' {where}".encode())
        assert rows(
            steward, f"SELECT DISTINCT gone_at = now() FROM retention_removedlog {where}"
        ) == [(True,)]
        for change in ("gone_at = NULL", "gone_at = '2001-01-01Z'"):
            error = refused(steward, f"UPDATE retention_removedlog SET {change} {where}")
            assert error.sqlstate == "RP422"
        steward.rollback()
    with connect() as runtime:
        stand(runtime, found.slug)
        for statement in (f"SELECT path FROM retention_removedlog {where}",
                          f"UPDATE retention_removedlog SET gone_at = now() {where}",
                          _listing(found, f"{found.slug}/x")):  # fmt: skip
            assert refused(runtime, statement).sqlstate == "42501"
