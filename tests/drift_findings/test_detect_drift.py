"""A check: what it opens, sees again and resolves, what it records, and two of them at once."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.core import door
from apps.core.access import Role
from apps.drift_findings.detection import MOST_FINDINGS, detect_drift
from apps.drift_findings.models import DriftCheck, DriftCoverage, RuntimeDriftFinding
from apps.drift_findings.operations import acknowledge_finding, resolve_finding
from apps.drift_findings.queries import findings_here
from apps.integrations.kubernetes.records import Source
from apps.services.models import RuntimeService
from apps.services.operations import retire_service, stop_service
from tests.core.doors import in_new_environment, inside, new_environment, now, run
from tests.core.threads import together
from tests.drift_findings.seen import IN_LINE, deployment, look, make_services, seen
from tests.world import World

UNREADABLE = Source("broken.yaml", b"a: [")


def rows() -> list[RuntimeDriftFinding]:
    """Of the environment entered."""
    return list(findings_here().order_by("id"))


def _coverage() -> dict[Any, str]:
    here = DriftCoverage.objects.filter(environment_id=door.environment())
    return dict(here.values_list("service_id", "failure"))


def test_what_is_in_line_leaves_a_check_and_no_finding(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        make_services()
        checked = look()
        assert (checked.unresolved, checked.resolved) == ([], [])
        assert checked.check.outcome == "InLine"
        assert checked.check.checked_by == entered.actor.label
        assert checked.check.created_at == now()
        [told] = checked.check.inputs
        assert (told["file"], len(told["sha256"])) == ("seen.json", 64)


def test_a_difference_is_one_finding_however_often_it_is_found(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        services = make_services()
        first = look(web=("registry.test/web:1.0", 5))
        second = look(web=("registry.test/web:1.0", 6))
        [finding] = rows()
        assert (finding.kind, finding.module_id) == ("replicas", "web")
        assert finding.service_id == services["web"]
        assert (finding.desired, finding.observed) == (3, 6)
        assert finding.severity == "warning"
        assert (finding.first_check_id, finding.last_check_id) == (first.check.id, second.check.id)
        assert (first.check.opened, second.check.opened) == (1, 0)
        assert (first.check.findings, second.check.findings) == (1, 1)


def test_last_seen_moves_and_when_it_was_detected_does_not(world: World, committed: None) -> None:
    environment = new_environment(world)
    for _ in range(2):
        with inside(world.acme, environment_id=environment):
            if not RuntimeService.objects.filter(environment_id=environment).exists():
                make_services()
            look(web=("registry.test/web:1.0", 0))
    with inside(world.acme, environment_id=environment, writing=False):
        [finding] = rows()
        assert finding.last_seen_at > finding.detected_at
        assert finding.severity == "critical"


def test_one_that_is_gone_resolves_by_itself_and_found_again_is_a_new_one(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        look(web=("registry.test/web:2.0", 3))
        checked = look()
        [gone] = checked.resolved
        assert (gone.status, gone.resolution, gone.resolved_at) == ("Resolved", "by-itself", now())
        assert (checked.check.resolved, checked.check.outcome) == (1, "InLine")
        look(web=("registry.test/web:2.0", 3))
        assert [one.status for one in rows()] == ["Resolved", "Open"]


def test_one_that_is_acknowledged_stays_so_while_it_is_found(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        [finding] = look(web=("registry.test/web:2.0", 3)).unresolved
        acknowledge_finding(finding.id, reason="the hotfix")
        [again] = look(web=("registry.test/web:2.0", 3)).unresolved
        assert (again.id, again.status) == (finding.id, "Acknowledged")
        [gone] = look().resolved
        assert (gone.id, gone.acknowledged_reason) == (finding.id, "the hotfix")


def test_one_resolved_by_hand_that_is_still_there_is_found_anew(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        [finding] = look(web=("registry.test/web:2.0", 3)).unresolved
        resolve_finding(finding.id, reason="we will see")
        [again] = look(web=("registry.test/web:2.0", 3)).unresolved
        assert again.id != finding.id


def test_what_is_missing_is_critical_and_what_is_unexpected_has_no_service(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        detect_drift(sources=[seen({"cart": IN_LINE["cart"], "stray": ("registry.test/x:1", 1)})])
        found = {one.kind: one for one in rows()}
        assert found.keys() == {"missing", "unexpected"}
        assert (found["missing"].severity, found["missing"].observed) == ("critical", None)
        assert (found["unexpected"].service_id, found["unexpected"].desired) == (None, None)


def test_a_retired_service_is_expected_no_more(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        services = make_services()
        retire_service(services["web"])
        assert [one.kind for one in look().unresolved] == ["unexpected"]


def test_a_stopped_service_may_be_gone(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        stop_service(make_services()["web"])
        assert detect_drift(sources=[seen({"cart": IN_LINE["cart"]})]).unresolved == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (UNREADABLE, "broken.yaml, document 1: it is not YAML"),
        (Source("empty.yaml", b""), "There is no workload"),
        (Source("nul.yaml", b"a: \0"), "there is a NUL character"),
    ],
)
def test_a_check_that_fails_is_recorded_and_changes_no_finding(
    world: World, rolled_back: None, source: Source, why: str
) -> None:
    with in_new_environment(world):
        make_services()
        look(web=("registry.test/web:2.0", 3))
        before = rows()
        checked = detect_drift(sources=[source])
        assert checked.check.outcome == "Failed"
        assert why in checked.check.failure
        assert [vars(a) | {"_state": 0} for a in rows()] == [
            vars(b) | {"_state": 0} for b in before
        ]
        assert set(_coverage().values()) == {checked.check.failure}


def test_so_many_differences_are_no_drift_but_the_wrong_environment(
    world: World, rolled_back: None
) -> None:
    data = {f"k{n}": str(n) for n in range(MOST_FINDINGS + 1)}
    with in_new_environment(world):
        make_services()
        _publish({"configMaps": {"m": data}})
        checked = look()
        assert checked.check.outcome == "Failed"
        assert "is this the right environment?" in checked.check.failure
        assert rows() == []


def _publish(payload: dict[str, Any]) -> None:
    from apps.configurations.operations import draft_configuration, publish_configuration

    publish_configuration(draft_configuration(payload=payload).id)


def test_a_workload_that_cannot_be_read_is_neither_missing_nor_in_line(
    world: World, rolled_back: None
) -> None:
    odd = deployment("web", "NOT/An Image")
    with in_new_environment(world):
        services = make_services()
        look(web=("registry.test/web:2.0", 3))
        checked = detect_drift(sources=[seen({"cart": IN_LINE["cart"]}, odd)])
        assert [(f.kind, f.status) for f in checked.unresolved] == [("image", "Open")]
        assert checked.check.findings == 1
        told = _coverage()
        assert told[services["cart"]] == ""
        assert "is not an image reference" in told[services["web"]]


def test_what_no_cluster_shows_is_told_as_not_compared(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        make_services()
        _publish({"features": {"x": True}, "services": {}})
        assert look().check.not_compared == ["features"]


def test_no_secret_of_what_was_seen_is_stored(world: World, rolled_back: None) -> None:
    env = [
        {"name": "DB_PASSWORD", "value": "hunter2hunter2"},
        {"name": "URL", "value": "postgresql://app:hunter2@db/app"},
    ]
    with in_new_environment(world):
        make_services()
        _publish({"services": {"cart": {"env": {"A": "1"}}}})
        odd = deployment("cart", "registry.test/cart:1.0", 2, env=env)
        checked = detect_drift(sources=[seen({"web": IN_LINE["web"]}, odd)])
        assert len(checked.unresolved) == 3
        text = run(
            "SELECT string_agg(to_jsonb(f)::text, ' ') FROM drift_findings_runtimedriftfinding f"
        )
        assert "hunter2" not in text[0][0]
        assert "kv://acme/cart-db-password" in text[0][0]


def test_a_check_is_one_entry_with_its_count_and_digest(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        make_services()
        entered.entries.clear()
        checked = look(web=("registry.test/web:2.0", 9), cart=("registry.test/cart:2.0", 2))
        [entry] = entered.entries
        assert (entry.action, entry.object_id) == ("drift.checked", str(checked.check.id))
        assert entry.after["opened"] == 3
        assert len(entry.after["digest"]) == 64


def test_the_command_prints_what_is_left_and_what_was_resolved(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        look(web=("registry.test/web:2.0", 3))
        told = look(cart=("registry.test/cart:1.0", 4)).as_api()
        assert told["checkedAt"].startswith("20")
        assert [(f["kind"], f["status"], f["resolution"]) for f in told["findings"]] == [
            ("replicas", "Open", None), ("image", "Resolved", "by-itself"),
        ]  # fmt: skip


def test_two_checks_at_once_do_not_double(fresh: Callable[[], World]) -> None:
    acme = fresh().acme

    def check(replicas: int) -> Any:
        with inside(acme, "pool"):
            return look(web=("registry.test/web:2.0", replicas), cart=("registry.test/cart:3.0", 2))

    outcomes = together(*[lambda n=n: check(n) for n in range(4, 10)])  # type: ignore[misc]
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    with inside(acme, "pool", writing=False):
        assert sorted((f.kind, f.module_id) for f in rows() if f.status != "Resolved") == [
            ("image", "cart"), ("image", "web"), ("replicas", "web"),
        ]  # fmt: skip
        here = {"environment_id": acme.environments["pool"]}
        assert DriftCoverage.objects.filter(**here).count() == 2
        last = DriftCheck.objects.order_by("-id").first()
        assert last is not None
        assert {f.last_check_id for f in rows() if f.status != "Resolved"} <= set(
            DriftCheck.objects.values_list("id", flat=True)
        )


def test_another_environment_of_the_partition_is_untouched(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        make_services()
        look(web=("registry.test/web:2.0", 3))
    with in_new_environment(world):
        make_services()
        assert look().resolved == []
        here = door.environment()
        assert (
            RuntimeDriftFinding.objects.exclude(environment_id=here).filter(status="Open").exists()
        )


def test_an_operator_at_the_shell_may_too_and_a_viewer_may_not(
    world: World, rolled_back: None
) -> None:
    from apps.core.errors import Forbidden

    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        look()
