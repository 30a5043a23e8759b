"""Verbs of deployments in a tenant's admin: by the operation, behind the row's own environment."""

import pytest

from apps.core.access import Role
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import request_deployment
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.verbs import row, under_way
from tests.core.doors import inside
from tests.world import World

PATH = list_path(RuntimeDeployment, partition_site("acme", "silo"))
VERBS = (
    "advance", "fail", "back_out", "finish_back_out", "abandon", "mark_bad", "clear_bad",
    "release_hold",
)  # fmt: skip


def _chosen(action: str, *rows: object) -> dict[str, object]:
    return {
        "action": action,
        "_selected_action": [str(row) for row in rows],
        "confirmed": str(len(rows)),
        "reason": "because",
        "confirm": "prod",
    }


@pytest.mark.parametrize(
    ("action", "steps", "status"),
    [
        ("advance", 0, "Provisioning"),
        ("fail", 2, "Failed"),
        ("back_out", 4, "RollingBack"),
        ("abandon", 0, "Requested"),  # before its deadline
        ("release_hold", 0, "Requested"),  # of nothing held
    ],
)
def test_a_verb_does_what_its_operation_does(
    world: World, sign_in: SignIn, action: str, steps: int, status: str
) -> None:
    made = under_way(world, steps)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    browser.post(PATH, _chosen(action, made))
    assert row(world, made).status == status


def test_marks_are_set_and_cleared(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    browser.post(PATH, _chosen("mark_bad", made))
    assert row(world, made).bad_reason == "because"
    browser.post(PATH, _chosen("clear_bad", made))
    assert not row(world, made).is_bad


def test_what_is_refused_says_why(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(PATH, _chosen("abandon", made), follow=True)
    assert "It may be abandoned after" in words(answer)


def test_production_is_typed_first(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(PATH, {**_chosen("fail", made), "confirm": ""}).status_code == 200
    assert row(world, made).status == "Requested"


def test_who_may_only_read_is_offered_none(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    text = browser.get(PATH).content.decode()
    assert not [verb for verb in VERBS if f'<option value="{verb}">' in text]
    browser.post(PATH, _chosen("fail", made))
    assert row(world, made).status == "Requested"


def test_a_neighbours_row_is_never_among_the_selected(world: World, sign_in: SignIn) -> None:
    with inside(world.globex, "shared"):
        theirs = request_deployment(release_ref="theirs").id
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    path = list_path(RuntimeDeployment, partition_site("acme", "shared"))
    browser.post(path, _chosen("fail", theirs))
    with inside(world.globex, "shared", writing=False):
        assert RuntimeDeployment.objects.get(id=theirs).status == "Requested"
