from apps.core.access import Role
from tests.console.bodies import links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.verbs import path_of, post, row
from tests.world import World


def test_it_is_marked_and_everybody_sees_why(world: World, sign_in: SignIn) -> None:
    deployment = things_of(world.acme).deployment
    assert post(world, sign_in, "mark_bad", None).status_code == 302
    assert row(world, deployment).marked_bad_by == "tenant-operator@acme.test"
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(world, "detail"))
    assert "Bad: because" in words(page)


def test_marked_it_can_be_cleared_and_not_marked_again(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    mark, clear = path_of(world, "mark_bad"), path_of(world, "clear_bad")
    found = links(browser.get(path_of(world, "detail")))
    assert (mark in found, clear in found) == (True, False)
    post(world, sign_in, "mark_bad", None)
    found = links(browser.get(path_of(world, "detail")))
    assert (mark in found, clear in found) == (False, True)
    assert post(world, sign_in, "mark_bad", None).status_code == 422
