"""Where officers sign: two lift a hold, one who has not asked decides an exception."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.access import Role
from apps.retention.exceptions import request_exception
from apps.retention.models import (
    GovernanceException,
    LegalHold,
    RetentionEntry,
    RetentionPolicy,
    RetentionRun,
    WindowReturn,
)
from apps.retention.operations import place_hold, set_retention
from apps.retention.returns import ask_return
from tests.admin.sites import list_path
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import inside, on_platform
from tests.world import World

MODELS = (
    LegalHold, GovernanceException, RetentionPolicy, WindowReturn, RetentionRun, RetentionEntry,
)  # fmt: skip
HOLDS, EXCEPTIONS = list_path(LegalHold), list_path(GovernanceException)
OFFICER = Role.GOVERNANCE_OFFICER


def _chosen(action: str, row: Any) -> dict[str, object]:
    return {
        "action": action, "_selected_action": [str(row.pk)], "confirmed": "1", "reason": "settled",
    }  # fmt: skip


def _hold(world: World) -> LegalHold:
    with on_platform(world, OFFICER):
        return place_hold(tenant_id="acme", data_classes=["step-log"], matter="Doe", reason="court")


def _status(world: World, row: Any) -> str:
    with on_platform(world, OFFICER):
        return str(type(row).objects.get(pk=row.pk).status)


def test_officers_read_every_list(world: World, sign_in: SignIn) -> None:
    hold = _hold(world)
    browser = sign_in(world.platform[OFFICER])
    for model in MODELS:
        for query in ({}, {"q": "acm"}, {"q": "%\x00"}):
            assert browser.get(list_path(model), query).status_code in (200, 302), model
    assert "Doe" in words(browser.get(f"{HOLDS}{hold.pk}/change/"))


@pytest.mark.parametrize("role", [Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN], ids=str)
def test_nobody_else_of_the_platform_finds_them(world: World, sign_in: SignIn, role: Role) -> None:
    hold = _hold(world)
    browser = sign_in(world.platform[role])
    for model in MODELS:
        assert browser.get(list_path(model)).status_code == 403, model
    browser.post(HOLDS, _chosen("propose_lift", hold))
    assert _status(world, hold) == "Placed"


def test_one_officer_proposes_and_does_not_lift(world: World, sign_in: SignIn) -> None:
    hold = _hold(world)
    browser = sign_in(world.platform[OFFICER])
    assert "proposed" in words(browser.post(HOLDS, _chosen("propose_lift", hold), follow=True))
    answer = words(browser.post(HOLDS, _chosen("lift", hold), follow=True))
    assert "second officer" in answer
    assert _status(world, hold) == "LiftProposed"
    browser.post(HOLDS, _chosen("keep", hold))
    assert _status(world, hold) == "Placed"
    assert len(entries(world, "hold.lift_proposed", "acme")) == 1
    assert entries(world, "hold.lifted", "acme") == []


def test_an_officer_decides_what_a_tenant_asked_for(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        asked = request_exception(
            data_class="retired-service", reason="erasure", legal_basis="GDPR 17",
            lapses_at=datetime.now(UTC) + timedelta(days=3),
        )  # fmt: skip
    browser = sign_in(world.platform[OFFICER])
    assert browser.post(EXCEPTIONS, {**_chosen("approve", asked), "reason": " "}).status_code == 200
    assert _status(world, asked) == "Asked"
    assert "1 approved." in words(browser.post(EXCEPTIONS, _chosen("approve", asked), follow=True))
    with on_platform(world, OFFICER):
        assert GovernanceException.objects.get(pk=asked.pk).row_count == 0
    browser.post(EXCEPTIONS, _chosen("withdraw", asked))  # for good, so it is typed
    assert _status(world, asked) == "Approved"
    browser.post(EXCEPTIONS, {**_chosen("withdraw", asked), "confirm": "withdraw"})
    assert _status(world, asked) == "Withdrawn"


def test_who_asked_for_the_way_back_declines_it_and_does_not_confirm(
    world: World, sign_in: SignIn
) -> None:
    where = {"tenant_id": "acme", "data_class": "health-result", "reason": "r"}
    with on_platform(world, OFFICER):
        set_retention(days=60, **where)
        asked = ask_return(days=30, **where)
    browser, path = sign_in(world.platform[OFFICER]), list_path(WindowReturn)
    answer = words(browser.post(path, _chosen("confirm", asked), follow=True))
    assert "second officer" in answer
    assert _status(world, asked) == "Asked"
    browser.post(path, _chosen("decline", asked))
    assert _status(world, asked) == "Declined"
