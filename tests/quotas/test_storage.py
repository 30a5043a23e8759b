"""storageGiB: step logs, payloads and rows, counted in the transaction that stores them."""

import pytest

from apps.configurations.operations import draft_configuration, edit_configuration
from apps.core import door
from apps.core.errors import Refused
from apps.deployments.logs import write_step_log
from apps.deployments.operations import carry_to_completed, request_deployment, steps_of
from apps.drift_findings.detection import detect_drift
from apps.drift_findings.models import DriftCheck
from apps.drift_findings.operations import create_ignore_rule
from apps.health_results.models import HealthCheckResult
from apps.integrations.kubernetes.records import Source
from apps.quotas import queries
from apps.quotas.models import Usage
from apps.quotas.operations import OverQuota, spend_storage
from apps.quotas.queries import GIB, ROW_BYTES, usage
from apps.services.operations import change_service, create_services, retire_service
from tests.core.doors import in_new_environment, run, sqlstate
from tests.drift_findings.seen import in_days, look
from tests.health_results.results import ago, record, result
from tests.quotas.limited import counted, in_limited
from tests.services.test_create_services import spec
from tests.world import World


def test_the_counter_says_what_a_count_of_all_rows_says(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        draft = draft_configuration(payload={"colour": "blue", "n": [1, 2.5, None, True, "é"]})
        edit_configuration(draft.id, payload={"colour": "green", "more": {"a": "b"}})
        (a, _) = create_services([spec("a"), spec("b")])
        change_service(a.id, replicas=4)
        retire_service(a.id)
        deployment = request_deployment(release_ref="r", gate="external", steps=["1", "2", "3"])
        carry_to_completed(deployment, ["x" * 5000, "", "é"])
        record(*(result("b", checked_at=ago(seconds=n)) for n in range(3)))
        record(result("b", checked_at=ago(seconds=1)))  # a duplicate is stored once
        look(b=("registry.test/b:2.0", 9))
        look()
        detect_drift(sources=[Source("nothing.yaml", b"")])
        create_ignore_rule(module_id="b", reason="an example", expires_at=in_days(3))
        said, there = counted()
        assert said == there > 5000


def test_health_and_drift_that_do_not_fit_are_refused(world: World, rolled_back: None) -> None:
    with in_limited(world, storageGiB=1):
        create_services([spec("a")])
        Usage.objects.filter(environment_id=door.environment()).update(
            storage_bytes=GIB - 2 * ROW_BYTES
        )
        with pytest.raises(OverQuota, match="storageGiB"):
            record(*(result("a", checked_at=ago(seconds=n)) for n in range(3)))
        with pytest.raises(OverQuota, match="storageGiB"):
            look()
        assert not HealthCheckResult.objects.filter(environment_id=door.environment()).exists()
        assert not DriftCheck.objects.filter(environment_id=door.environment()).exists()
        record(*(result("a", checked_at=ago(seconds=n)) for n in range(2)))


def test_the_first_to_spend_counts_what_was_there_before(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        create_services([spec("a")])
        said, _ = counted()
        Usage.objects.filter(environment_id=door.environment()).update(storage_bytes=0)
        spend_storage(rows=1)
        assert counted()[0] == ROW_BYTES < said


def test_a_log_that_does_not_fit_is_refused_and_leaves_no_orphan(
    world: World, rolled_back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_limited(world, storageGiB=1) as entered:
        step = steps_of(request_deployment(release_ref="r", gate="external"))[0]
        Usage.objects.update(storage_bytes=GIB - 10)
        entered.entries.clear()
        with pytest.raises(OverQuota, match="storageGiB"):
            write_step_log(step, b"x" * 11)
        assert entered.entries == []
        step.refresh_from_db()
        write_step_log(step, b"x" * 10)
        assert Usage.objects.get(environment_id=door.environment()).storage_bytes == GIB
        with pytest.raises(Refused):
            write_step_log(step, b"")


def test_no_storage_at_all_records_nothing(world: World, rolled_back: None) -> None:
    with in_limited(world, storageGiB=0):
        with pytest.raises(OverQuota):
            draft_configuration(payload={})
        with pytest.raises(OverQuota):
            create_services([spec("a")])


def test_where_it_is_full_one_may_still_store_less(world: World, rolled_back: None) -> None:
    with in_limited(world, storageGiB=1):
        draft = draft_configuration(payload={"long": "x" * 1000})
        Usage.objects.update(storage_bytes=2 * GIB)
        with pytest.raises(OverQuota):
            edit_configuration(draft.id, payload={"long": "x" * 1001})
        edit_configuration(draft.id, payload={"long": "x"})
        assert Usage.objects.get(environment_id=door.environment()).storage_bytes < 2 * GIB


def test_a_page_can_say_what_is_free(world: World, rolled_back: None) -> None:
    with in_limited(world, storageGiB=3, computeReplicas=7):
        create_services([spec("a", replicas=3)])
        compute, storage = usage(door.environment())
        assert (compute.name, compute.used, compute.free) == ("computeReplicas", 3, 4)
        assert (storage.name, storage.limit) == ("storageGiB", 3)
        assert not storage.is_over and list(queries.over(door.environment())) == []


def test_the_database_takes_one_usage_row_and_no_debt(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        create_services([spec("a")])
        copy = (
            "INSERT INTO quotas_usage (id, tenant_id, environment_id, storage_bytes) "
            "SELECT gen_random_uuid(), tenant_id, environment_id, 0 FROM quotas_usage LIMIT 1"
        )
        assert sqlstate(copy) == "23505"
        assert sqlstate("UPDATE quotas_usage SET storage_bytes = -1") == "23514"
        assert run("SELECT count(*) FROM quotas_usage")[0][0] >= 1
