"""Step logs go to the cool tier 90 days after their step; what was seen is written down."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core.access import Role
from apps.retention.operations import place_hold
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.logins import connect, refused, rows, stand
from tests.retention.ages import DEPLOYMENTS, STEPS, aged
from tests.retention.azurite import WEB
from tests.retention.blobs import Container, entry, logs, old_logs, run
from tests.world import World


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_what_ended_90_days_ago_is_in_the_cool_tier(azure: Container, model: str) -> None:
    found = old_logs("90 days 1 minute", model)
    before = logs(found)
    assert len(before) >= 3
    assert {azure.tier(log.path) for log in before} == {"Hot"}
    ended = run(found)
    assert (ended.code, ended.err) == (0, "")
    told = entry(ended)
    assert (told["due"], told["tiered"], told["purged"]) == (len(before), len(before), 0)
    after = logs(found)
    assert {azure.tier(log.path) for log in after} == {"Cool"}
    assert {log.tier for log in after} == {"Cool"}
    assert [log.seen for log in after] == [log.size for log in before]
    assert {log.problem for log in after} == {""}
    assert azure.blob(after[0].path).download_blob().readall()
    assert entry(run(found))["due"] == 0


@pytest.mark.parametrize("age", ["89 days 23 hours 59 minutes", "1 day"])
def test_what_ended_later_stays_hot(azure: Container, age: str) -> None:
    found = old_logs(age)
    assert entry(run(found))["due"] == 0
    assert {azure.tier(log.path) for log in logs(found)} == {"Hot"}
    assert {(log.tier, log.seen_at) for log in logs(found)} == {("", None)}


def test_of_a_step_that_never_ended_its_deployments_end_counts(azure: Container) -> None:
    found = aged()
    found.release_anew(2)
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(f"ALTER TABLE {found.table(STEPS)} DISABLE TRIGGER guard".encode())
        owner.execute(
            f"UPDATE {found.table(STEPS)} SET status = 'Running', finished_at = NULL "
            f"WHERE tenant_id = '{found.slug}'".encode()
        )
        owner.execute(f"ALTER TABLE {found.table(STEPS)} ENABLE TRIGGER guard".encode())
    assert entry(run(found))["due"] == 0
    found.age(DEPLOYMENTS, "91 days", f"id = '{found.deployments[0]}'")
    told = entry(run(found))
    assert (told["due"], told["tiered"]) == (1, 1)
    (cool,) = logs(found, "log_tier = 'Cool'")
    assert str(found.deployments[0]) in cool.path


def test_of_a_deployment_under_way_no_log_is_due(azure: Container) -> None:
    """Neither clock has started."""
    found = old_logs("900 days")
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        for table, status in ((STEPS, "Running"), (DEPLOYMENTS, "Promoting")):
            owner.execute(f"ALTER TABLE {found.table(table)} DISABLE TRIGGER guard".encode())
            owner.execute(
                f"UPDATE {found.table(table)} SET status = '{status}', finished_at = NULL"
                f"{', deadline_at = now()' if table == DEPLOYMENTS else ''} "
                f"WHERE tenant_id = '{found.slug}' AND "
                f"{'id' if table == DEPLOYMENTS else 'deployment_id'} = "
                f"'{found.deployments[-1]}'".encode()
            )
            owner.execute(f"ALTER TABLE {found.table(table)} ENABLE TRIGGER guard".encode())
    assert entry(run(found))["due"] == len(logs(found)) - 1
    (hot,) = logs(found, "log_tier = ''")
    assert str(found.deployments[-1]) in hot.path


def test_a_longer_window_keeps_them_hot_for_longer(azure: Container) -> None:
    found = old_logs("100 days")
    longer = ("set_retention", "--tenant", found.slug, "--data-class", "step-log")
    assert manage(*longer, "--days", "120", "--reason", "contract").code == 0
    assert entry(run(found))["due"] == 0
    found.age(STEPS, "121 days")
    assert entry(run(found))["tiered"] == len(logs(found))


def test_a_hold_does_not_keep_a_log_hot_and_takes_nothing_of_it(
    azure: Container, world: World
) -> None:
    found = old_logs()
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["step-log"], matter="m", reason="r")
    paths = azure.paths(found.slug)
    assert entry(run(found))["tiered"] == len(paths)
    assert azure.paths(found.slug) == paths


def test_a_dry_run_and_a_forecast_touch_nothing(azure: Container) -> None:
    found = old_logs("1 day")
    later = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    assert entry(run(found, "--dry-run"))["due"] == 0
    told = entry(run(found, "--dry-run", "--as-of", later))
    assert (told["due"], told["tiered"]) == (len(logs(found)), 0)
    assert {log.seen_at for log in logs(found)} == {None}
    assert {azure.tier(log.path) for log in logs(found)} == {"Hot"}


def test_a_dry_run_of_everything_tells_what_goes_and_what_is_tiered(azure: Container) -> None:
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    everything = ("run_retention", "--tenant", found.slug, "--format", "json")
    told, done = (
        {e["dataClass"]: e for e in manage(*everything, *more).json["entries"]}["step-log"]
        for more in (["--dry-run"], [])
    )
    assert told["due"] == done["due"] == done["purged"] + done["tiered"]
    assert (told["purged"], told["tiered"]) == (0, 0)
    assert done["purged"] == 2


def test_a_blob_that_is_missing_is_told_and_looked_for_again(azure: Container) -> None:
    found = old_logs()
    lost, *others = logs(found)
    azure.blob(lost.path).delete_blob()
    ended = run(found)
    assert ended.code == 1
    assert f"{lost.id}: there is no such blob" in ended.err
    assert entry(ended)["tiered"] == len(others)
    (row,) = logs(found, f"id = '{lost.id}'")
    assert (row.tier, row.seen, row.problem) == ("", None, "there is no such blob")
    assert row.seen_at is not None
    azure.blob(lost.path).upload_blob(b"x" * lost.size)
    again = run(found)
    assert (again.code, entry(again)["due"], entry(again)["tiered"]) == (0, 1, 1)
    (row,) = logs(found, f"id = '{lost.id}'")
    assert (row.tier, row.seen, row.problem) == ("Cool", lost.size, "")


def test_a_blob_that_is_leased_is_told_and_tried_again(azure: Container) -> None:
    found = old_logs()
    leased, *others = logs(found)
    lease = azure.blob(leased.path).acquire_lease()
    ended = run(found)
    assert ended.code == 1
    assert "412 (LeaseIdMissing)" in ended.err
    assert entry(ended)["tiered"] == len(others)
    (row,) = logs(found, f"id = '{leased.id}'")
    assert (row.tier, row.seen) == ("Hot", leased.size)
    assert "LeaseIdMissing" in row.problem
    lease.release()
    assert run(found).code == 0
    assert logs(found, f"id = '{leased.id}'")[0].tier == "Cool"


def test_a_blob_that_somebody_made_cool_is_seen_to_be(azure: Container) -> None:
    found = old_logs()
    for log in logs(found):
        azure.blob(log.path).set_standard_blob_tier("Cool")
    changed = [azure.blob(log.path).get_blob_properties().blob_tier_change_time
               for log in logs(found)]  # fmt: skip
    assert run(found).code == 0
    assert {(log.tier, log.problem) for log in logs(found)} == {("Cool", "")}
    # It was looked at and not set again.
    assert changed == [azure.blob(log.path).get_blob_properties().blob_tier_change_time
                       for log in logs(found)]  # fmt: skip


def test_a_blob_that_somebody_archived_is_not_brought_back(azure: Container) -> None:
    found = old_logs()
    first = logs(found)[0]
    azure.blob(first.path).set_standard_blob_tier("Archive")
    ended = run(found)
    assert ended.code == 1
    assert "archived" in ended.err
    assert azure.tier(first.path) == "Archive"
    (row,) = logs(found, f"id = '{first.id}'")
    assert row.tier == "Archive"
    assert "rehydrated" in row.problem


def test_a_blob_that_is_not_what_the_row_says_is_told(azure: Container) -> None:
    found = old_logs()
    first = logs(found)[0]
    azure.blob(first.path).upload_blob(b"something else entirely", overwrite=True)
    ended = run(found)
    assert ended.code == 1
    (row,) = logs(found, f"id = '{first.id}'")
    assert (row.tier, row.seen, row.problem) == ("Hot", 23, f"the row says {first.size} bytes")


@pytest.mark.parametrize("down", ["no server", "no container", "no right", "no credential"])
def test_a_store_that_is_down_is_told_and_the_next_run_does_it(azure: Container, down: str) -> None:
    found = old_logs()
    right = azure.server.storages(azure.name)["steward_step_logs"]["OPTIONS"]["connection_string"]
    if down == "no server":
        azure.use(steward_step_logs=right.replace(f":{azure.server.port}/", ":1/"))
    elif down == "no right":
        azure.use(steward_step_logs=azure.server.credential(WEB))
    elif down == "no container":
        found_in = {**azure.settings.STORAGES}
        found_in["steward_step_logs"] = azure.server.storages("nowhere-at-all")["steward_step_logs"]
        azure.settings.STORAGES = found_in
    else:
        azure.settings.STORAGES = {
            k: v for k, v in azure.settings.STORAGES.items() if k != "steward_step_logs"
        }
    ended = run(found)
    assert ended.code == 1
    assert entry(ended)["tiered"] == 0
    assert f"{found.slug} step-log: " in ended.err
    assert ("missing" if down == "no credential" else "the store") in ended.err
    assert "sig=" not in ended.err
    # Not one is taken for gone or cool; the first says why, the others were not tried.
    told = logs(found)
    assert {log.tier for log in told} <= {"", "Hot"}
    assert not any("no such blob" in log.problem for log in told)
    azure.use()
    assert run(found).code == 0
    assert {(log.tier, log.problem) for log in logs(found)} == {("Cool", "")}


def test_the_run_goes_into_the_tenants_chain(azure: Container) -> None:
    found = old_logs()
    ended = run(found)
    with connect("owner") as owner:
        told = rows(
            owner,
            "SELECT d.value::jsonb ->> 'dataClass', (d.value::jsonb ->> 'count')::int "
            "FROM core_auditentry e JOIN core_auditdetail d ON d.entry_id = e.id "
            "WHERE e.tenant_id = %s AND action = 'retention.tiered' AND object_id = %s "
            "AND d.kind = 'after'",
            [found.slug, ended.json["runId"]],
        )
    assert told == [("step-log", len(logs(found)))]


def test_what_was_seen_is_the_stewards_to_write_and_the_databases_to_date(
    azure: Container,
) -> None:
    found = old_logs()
    run(found)
    update = f"UPDATE {found.table(STEPS)} SET {{}} WHERE tenant_id = '{found.slug}'"
    with connect() as runtime:
        stand(runtime, found.slug)
        for column in ("log_tier = 'Hot'", "log_observed_at = now()", "log_problem = 'x'"):
            assert refused(runtime, update.format(column)).sqlstate == "42501"
    with connect("steward") as steward:
        stand(steward, found.slug)
        for column in ("log_path = ''", "log_bytes = 0", "status = 'Failed'"):
            assert refused(steward, update.format(column)).sqlstate == "42501"
        steward.execute(update.format("log_observed_at = '2001-01-01Z'").encode())
        seen = rows(steward, f"SELECT DISTINCT log_observed_at = now() FROM {found.table(STEPS)} "
                    "WHERE log_path <> ''")  # fmt: skip
        assert seen == [(True,)]


def test_files_have_no_tiers(committed: None) -> None:
    found = old_logs()
    told = run(found)
    assert (told.code, entry(told)["due"], entry(told)["tiered"]) == (0, 0, 0)
    assert {(log.tier, log.seen_at) for log in logs(found)} == {("", None)}
