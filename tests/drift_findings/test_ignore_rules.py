"""Ignore rules hide without losing, for a while, and say what they hide."""

from typing import Any
from uuid import UUID

import pytest

from apps.core.errors import Invalid
from apps.drift_findings.models import IgnoreRule
from apps.drift_findings.operations import create_ignore_rule, end_ignore_rule, resolve_all
from apps.drift_findings.queries import (
    UNRESOLVED,
    covered_by,
    findings_here,
    with_hides,
    with_rules,
)
from tests.core.doors import in_new_environment, inside, rolled_back_as, run
from tests.drift_findings.seen import deployment, in_days, look, make_services
from tests.world import World

RULE: dict[str, Any] = {"reason": "the autoscaler of the night", "expires_at": in_days(30)}


def _drifted() -> None:
    """Five findings: image and replicas of web, replicas of cart, two that are unexpected."""
    make_services()
    look(
        deployment("stray", "registry.test/x:1"), deployment("stray2", "registry.test/x:1"),
        web=("registry.test/web:2.0", 9), cart=("registry.test/cart:1.0", 9),
    )  # fmt: skip


def _hidden() -> dict[str, UUID | None]:
    """{path: the rule that hides it} of what is not resolved."""
    rows = with_rules(findings_here().filter(status__in=UNRESOLVED))
    return {row.path: row.hidden_by and UUID(row.hidden_by["id"]) for row in rows.order_by("path")}


WORDS: list[tuple[dict[str, Any], set[str]]] = [
    ({"kind": "image"}, {"/services/web/image"}),
    ({"module_id": "web"}, {"/services/web/image", "/services/web/replicas"}),
    ({"module_id": "web", "kind": "replicas"}, {"/services/web/replicas"}),
    ({"path_prefix": "/services/stray"}, {"/services/stray", "/services/stray2"}),
    ({"path_prefix": "/services/web/", "kind": "image"}, {"/services/web/image"}),
    ({"path_prefix": "/services/%"}, set()),
    ({"module_id": "nobody"}, set()),
]


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(("words", "expected"), WORDS)
def test_it_hides_what_all_of_its_words_fit_and_says_how_many_beforehand(
    world: World, rolled_back: None, words: dict[str, Any], expected: set[str], everywhere: bool
) -> None:
    with inside(world.acme, "pool"):
        resolve_all(reason="out of the way of rules that reach everywhere")
    with in_new_environment(world) as entered:
        _drifted()
        rule = create_ignore_rule(**RULE, **words, everywhere=everywhere)
        found = {path for path, hidden in _hidden().items() if hidden == rule.id}
        assert found == expected
        assert entered.entries[-1].after["hides"] == len(expected)
        # From the rule to its findings it is the same as from each finding to its rule.
        assert {one.path for one in covered_by(rule)} == expected
        assert with_hides(IgnoreRule.objects.filter(id=rule.id)).get().hides == len(expected)


def test_what_is_hidden_is_still_found_and_is_open_for_nobody(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_services()
        create_ignore_rule(**RULE, kind="replicas")
        checked = look(web=("registry.test/web:1.0", 9))
        assert [one.status for one in checked.unresolved] == ["Open"]
        assert checked.open == []
        assert checked.check.findings == 1
        assert checked.as_api()["findings"][0]["hiddenBy"] is not None


def test_elsewhere_it_hides_only_where_it_says_so(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        here = create_ignore_rule(**RULE, kind="image")
        everywhere = create_ignore_rule(**RULE, kind="replicas", everywhere=True)
    with in_new_environment(world):
        make_services()
        look(web=("registry.test/web:2.0", 9))
        assert _hidden() == {"/services/web/image": None, "/services/web/replicas": everywhere.id}
        assert covered_by(here).count() == 0


def test_once_ended_it_hides_nothing_and_stays_on_record(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        _drifted()
        rule = create_ignore_rule(**RULE, module_id="web")
        end_ignore_rule(rule.id, reason="mended")
        assert set(_hidden().values()) == {None}
        rule = IgnoreRule.objects.get(id=rule.id)
        assert (rule.status, rule.end_reason) == ("Ended", "mended")
        assert rule.ended_at is not None


def test_once_expired_it_hides_nothing(world: World, committed: None) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        _drifted()
        create_ignore_rule(**RULE, module_id="web")
        run("ALTER TABLE drift_findings_ignorerule DISABLE TRIGGER guard")
        run("UPDATE drift_findings_ignorerule SET expires_at = now() - interval '1 second'")
        assert set(_hidden().values()) == {None}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({}, "pathPrefix"),
        ({"path_prefix": "services"}, "pathPrefix"),
        ({"path_prefix": "/" + "x" * 1000}, "pathPrefix"),
        ({"kind": "colour"}, "kind"),
        ({"module_id": "x" * 254}, "moduleId"),
        ({"kind": "image", "owner": "x" * 255}, "owner"),
        ({"kind": "image", "reason": " "}, "reason"),
        ({"kind": "image", "expires_at": in_days(-1)}, "expiresAt"),
        ({"kind": "image", "expires_at": in_days(367)}, "expiresAt"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_the_field(
    world: World, rolled_back: None, words: dict[str, Any], field: str
) -> None:
    with in_new_environment(world) as entered:
        before = len(entered.entries)
        with pytest.raises(Invalid) as refused:
            create_ignore_rule(**{**RULE, **words})
        assert field in refused.value.fields
        assert len(entered.entries) == before
        assert not IgnoreRule.objects.filter(environment_id=entered.environment_id).exists()


def test_its_owner_is_who_made_it_unless_another_is_named(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        assert create_ignore_rule(**RULE, kind="image").owner == entered.actor.label
        assert create_ignore_rule(**RULE, kind="image", owner="team web").owner == "team web"
