"""Every (state, verb) of a finding and of an ignore rule; then what the verbs promise."""

import pytest

from apps.core.errors import Invalid, NotFound
from apps.core.ids import uuid7
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding
from apps.drift_findings.operations import (
    acknowledge_finding,
    end_ignore_rule,
    resolve_all,
    resolve_finding,
    unacknowledge_finding,
)
from tests.core.doors import in_new_environment, now
from tests.core.machines import FINDING, IGNORE_RULE, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(FINDING))
def test_every_state_and_verb(world: World, rolled_back: None, state: str, verb: str) -> None:
    check_pair(FINDING, world, state, verb)


@pytest.mark.parametrize(("state", "verb"), pairs(IGNORE_RULE))
def test_every_state_and_verb_of_a_rule(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(IGNORE_RULE, world, state, verb)


def test_who_acknowledged_and_why_is_told_until_it_is_taken_back(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        identifier = FINDING.make(world)
        finding = acknowledge_finding(identifier, reason=" known ")
        assert finding.acknowledged_by == entered.actor.label
        assert finding.acknowledged_reason == "known"
        assert finding.acknowledged_at == now()
        finding = unacknowledge_finding(identifier)
        assert (finding.acknowledged_by, finding.acknowledged_reason) == ("", "")
        assert finding.acknowledged_at is None


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_reason_is_needed(world: World, rolled_back: None, reason: str) -> None:
    with in_new_environment(world):
        finding, rule = FINDING.make(world), IGNORE_RULE.make(world)
        for act in (
            lambda: acknowledge_finding(finding, reason=reason),
            lambda: resolve_finding(finding, reason=reason),
            lambda: end_ignore_rule(rule, reason=reason),
        ):
            with pytest.raises(Invalid) as refused:
                act()
            assert set(refused.value.fields) == {"reason"}


def test_what_is_not_there_is_not_found(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        elsewhere = FINDING.make(world)
    with in_new_environment(world):
        for identifier in (elsewhere, uuid7()):
            with pytest.raises(NotFound):
                acknowledge_finding(identifier, reason="x")
            with pytest.raises(NotFound):
                end_ignore_rule(identifier, reason="x")


def test_when_the_environment_goes_all_are_resolved_and_its_rules_end(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        one, another = FINDING.make(world), IGNORE_RULE.make(world)
        acknowledge_finding(one, reason="known")
        entered.entries.clear()
        resolve_all(reason="binding released")
        finding = RuntimeDriftFinding.objects.get(id=one)
        assert (finding.status, finding.resolution) == ("Resolved", "environment-gone")
        assert (finding.resolution_reason, finding.resolved_at) == ("binding released", now())
        assert IgnoreRule.objects.get(id=another).status == "Ended"
        assert [entry.action for entry in entered.entries] == [
            "findings.resolved", "ignore_rules.ended",
        ]  # fmt: skip
        resolve_all(reason="again")
        assert len(entered.entries) == 2
