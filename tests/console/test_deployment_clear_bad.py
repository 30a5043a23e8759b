from apps.deployments.marks import mark_bad
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.verbs import post, row
from tests.core.doors import inside
from tests.world import World


def test_the_mark_goes(world: World, sign_in: SignIn) -> None:
    deployment = things_of(world.acme).deployment
    with inside(world.acme, "silo"):
        mark_bad(deployment, reason="it lost orders")
    assert post(world, sign_in, "clear_bad", None).status_code == 302
    assert not row(world, deployment).is_bad


def test_without_a_mark_it_is_refused(world: World, sign_in: SignIn) -> None:
    assert post(world, sign_in, "clear_bad", None).status_code == 422
