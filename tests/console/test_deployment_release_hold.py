from uuid import UUID

from apps.core.access import Role
from apps.deployments.rollback import roll_back
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.console.verbs import path_of, post, row
from tests.core.doors import inside
from tests.deployments.stories import release
from tests.world import World


def held(world: World) -> UUID:
    """r2 was undone by a rollback to r1."""
    with inside(world.acme, "silo"):
        first, second = (release(f"r{n}", {"cart": (str(n), 1)}) for n in (1, 2))
        return roll_back(
            deployment_id=second.id, to=first.id, reason="orders fail", gate="external"
        ).id


def test_the_hold_is_a_banner_with_its_release(world: World, sign_in: SignIn) -> None:
    made = held(world)
    release_page = path_of(world, "release_hold", made)
    environment = f"/t/acme/environments/{world.acme.environments['silo']}/"
    for page in (path_of(world, "detail", made), environment):
        shown = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(page)
        assert "Held: r1 was returned to and stays" in words(shown)
        assert release_page in links(shown)
        shown = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(page)
        assert "Held: r1" in words(shown)
        assert release_page not in links(shown)


def test_released_the_banner_goes(world: World, sign_in: SignIn) -> None:
    made = held(world)
    assert post(world, sign_in, "release_hold", made).status_code == 302
    assert not row(world, made).is_held
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(world, "detail", made))
    assert "was returned to and stays" not in words(page)
    assert "released by tenant-operator@acme.test" in words(page)


def test_what_holds_nothing_releases_nothing(world: World, sign_in: SignIn) -> None:
    assert post(world, sign_in, "release_hold", None).status_code == 422
