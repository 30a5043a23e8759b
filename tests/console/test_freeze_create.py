from typing import Any

import pytest

from apps.core.access import Role
from apps.freezes.models import Freeze
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

PATH = "/t/acme/freezes/new/"
ONCE = {
    "scope": "tenant", "reason": "year end", "override_role": "tenant-admin",
    "starts_at": "2030-12-20T18:00", "ends_at": "2031-01-02T06:00",
}  # fmt: skip
WEEKLY = {
    "scope": "project", "project_id": "shop", "reason": "weekends",
    "weekdays": ["5", "6"], "from_time": "18:00", "until_time": "06:00",
    "time_zone": "Europe/Berlin",
}  # fmt: skip


def _made(world: World, reason: str) -> Freeze | None:
    with inside(world.acme, writing=False):
        return Freeze.objects.filter(reason=reason, tenant_id="acme").first()


def _post(world: World, sign_in: SignIn, given: dict[str, Any]) -> Any:
    return sign_in(world.acme.people[Role.TENANT_ADMIN]).post(PATH, given)


def test_from_until(world: World, sign_in: SignIn) -> None:
    assert _post(world, sign_in, ONCE)["Location"] == "/t/acme/freezes/"
    made = _made(world, "year end")
    assert made is not None
    assert made.window == "2030-12-20 18:00 to 2031-01-02 06:00 UTC"
    assert made.created_by == "tenant-admin@acme.test"


def test_weekly(world: World, sign_in: SignIn) -> None:
    assert _post(world, sign_in, WEEKLY).status_code == 302
    made = _made(world, "weekends")
    assert made is not None
    assert made.window == "Fri, Sat 18:00-06:00 Europe/Berlin"
    assert (made.scope, made.project_id, made.override_role) == ("project", "shop", "")


def test_one_environment(world: World, sign_in: SignIn) -> None:
    pool = world.acme.environments["pool"]
    given = {**ONCE, "scope": "environment", "environment_id": str(pool)}
    assert _post(world, sign_in, given).status_code == 302
    made = _made(world, "year end")
    assert made is not None
    assert made.environment_id == pool


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({**ONCE, "ends_at": ""}, "ends_at"),
        ({**ONCE, "ends_at": ONCE["starts_at"]}, "ends_at"),
        ({**WEEKLY, "time_zone": "Berlin"}, "time_zone"),
        ({**WEEKLY, "weekdays": []}, "weekdays"),
        ({**ONCE, "scope": "project"}, "project_id"),
        ({**ONCE, "scope": "all"}, "scope"),
        ({**ONCE, **WEEKLY}, "starts_at"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    world: World, sign_in: SignIn, given: dict[str, Any], field: str
) -> None:
    answer = _post(world, sign_in, given)
    assert answer.status_code == 422
    assert field in errors(answer)


def test_an_environment_of_a_neighbour_is_no_choice(world: World, sign_in: SignIn) -> None:
    theirs = world.globex.environments["silo"]
    given = {**ONCE, "scope": "environment", "environment_id": str(theirs)}
    assert "environment_id" in errors(_post(world, sign_in, given))
