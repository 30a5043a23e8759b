"""An ignore rule of one's own words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.access import Role
from apps.drift_findings.models import IgnoreRule
from tests.console.bodies import words
from tests.console.drift import place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

NAME = "drift_findings:ignore_rule_create"


def typed(**changes: str) -> dict[str, str]:
    until = (timezone.now() + timedelta(days=7)).date().isoformat()
    return {
        "module_id": "web", "reason": "for the sale", "expires_on": until, "confirm": "prod",
        "shown": "1", **changes,
    }  # fmt: skip


def test_it_is_made_and_hides(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(things.path(NAME), typed(everywhere="on", owner="team web"))
    assert answer.status_code == 302
    assert "The rule hides 1 findings." in words(browser.get(answer["Location"]))
    with inside(world.acme, "silo", writing=False):
        rule = IgnoreRule.objects.latest("id")
    assert (rule.module_id, rule.everywhere, rule.owner) == ("web", True, "team web")
    assert rule.expires_at.isoformat().endswith("T23:59:59+00:00")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"reason": ""}, "reason"),
        ({"expires_on": ""}, "expires_on"),
        ({"expires_on": "2001-01-01"}, ""),
        ({"module_id": "", "shown": "0"}, "path_prefix"),
        ({"path_prefix": "services", "shown": "0"}, "path_prefix"),
        ({"confirm": "acme"}, "confirm"),
        ({"kind": "colour"}, "kind"),
        ({"shown": "7"}, ""),
        ({"module_id": "\x00"}, "module_id"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    world: World, sign_in: SignIn, changes: dict[str, str], wrong: str
) -> None:
    things = place(world)
    with inside(world.acme, "silo", writing=False):
        before = IgnoreRule.objects.count()
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        things.path(NAME), typed(**changes)
    )
    assert page.status_code == 422
    assert wrong in errors(page)
    with inside(world.acme, "silo", writing=False):
        assert IgnoreRule.objects.count() == before
