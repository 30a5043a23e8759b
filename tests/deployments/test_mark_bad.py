import pytest

from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.marks import clear_bad, mark_bad
from apps.deployments.models import DeploymentStatus
from apps.deployments.operations import request_deployment
from tests.core.doors import in_new_environment, inside, now, run, sqlstate
from tests.core.machines import DEPLOYMENT
from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.mark.parametrize("state", DeploymentStatus.values)
def test_in_any_state_it_is_marked_and_cleared(world: World, state: str) -> None:
    with in_new_environment(world) as entered:
        made, _ = DEPLOYMENT.bring_to(world, state)
        entered.entries.clear()
        marked = mark_bad(made, reason=" it lost orders ")
        assert (marked.is_bad, marked.bad_reason) == (True, "it lost orders")
        assert (marked.marked_bad_by, marked.marked_bad_at) == (entered.actor.label, now())
        with pytest.raises(Refused, match="already"):
            mark_bad(made, reason="again")
        cleared = clear_bad(made, reason="it was the network")
        assert (cleared.is_bad, cleared.marked_bad_by, cleared.marked_bad_at) == (False, "", None)
        with pytest.raises(Refused, match="not marked"):
            clear_bad(made, reason="again")
        assert [e.action for e in entered.entries] == [
            "deployment.marked_bad", "deployment.cleared_bad",
        ]  # fmt: skip
        assert entered.entries[1].before == {
            "bad": True, "reason": "it lost orders", "by": entered.actor.label,
        }  # fmt: skip
        assert DEPLOYMENT.row(made)["status"] == state


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_both_take_a_reason(world: World, reason: str) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref="r1")
        entered.entries.clear()
        for verb in (mark_bad, clear_bad):
            with pytest.raises(Invalid) as refusal:
                verb(made.id, reason=reason)
            assert list(refusal.value.fields) == ["reason"]
        assert entered.entries == []


def test_anothers_is_not_there(world: World) -> None:
    with inside(world.globex, "shared"):
        theirs = request_deployment(release_ref="theirs").id
    with in_new_environment(world, "shared"):
        for identifier in (theirs, uuid7()):
            for verb in (mark_bad, clear_bad):
                with pytest.raises(NotFound):
                    verb(identifier, reason="x")


def test_the_database_gives_the_time_and_holds_it_together(world: World) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        update = "UPDATE deployments_runtimedeployment SET {} WHERE id = %s"
        assert sqlstate(update.format("marked_bad_at = '2001-01-01Z'"), [made.id]) == "42501"
        for half in ("bad_reason = 'x'", "marked_bad_by = 'x'", "hold_released_by = 'x'"):
            assert sqlstate(update.format(half), [made.id]) == "23514"
        run(update.format("bad_reason = 'x', marked_bad_by = 'x'"), [made.id])
        assert run("SELECT marked_bad_at = now() FROM deployments_runtimedeployment WHERE id = %s", [made.id]) == [(True,)]  # noqa: E501  # fmt: skip
