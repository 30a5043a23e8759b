import pytest

from apps.core.access import Role
from apps.deployments.marks import NOT_UNDONE
from apps.deployments.models import RuntimeDeployment
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.console.verbs import path_of, post, row, under_way
from tests.world import World


def test_it_says_beforehand_what_it_does_not_undo(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert NOT_UNDONE in words(browser.get(path_of(world, "abandon", made)))


def test_before_its_deadline_it_is_refused_and_says_when(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    answer = post(world, sign_in, "abandon", made)
    assert answer.status_code == 422
    assert "It may be abandoned after" in words(answer)
    assert row(world, made).status == "Requested"


@pytest.mark.parametrize("overdue", [True, False])
def test_the_verb_is_shown_once_the_deadline_has_passed(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, overdue: bool
) -> None:
    made = under_way(world)
    monkeypatch.setattr(RuntimeDeployment, "is_overdue", overdue)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.get(path_of(world, "detail", made))
    assert (path_of(world, "abandon", made) in links(page)) is overdue
    assert ("Its deadline has passed" in words(page)) is overdue
