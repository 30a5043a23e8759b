from apps.services.operations import run_service
from tests.console.places import things_of
from tests.console.service_verbs import check_refused, check_verb
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World


def test_an_operator_says_that_it_ails(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        run_service(things_of(world.acme).service)
    check_verb(world, sign_in, "degrade", "Degraded", "service.degraded")


def test_what_never_ran_does_not_ail(world: World, sign_in: SignIn) -> None:
    check_refused(world, sign_in, "degrade")
