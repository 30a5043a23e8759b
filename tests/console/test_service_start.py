from apps.services.operations import stop_service
from tests.console.places import things_of
from tests.console.service_verbs import check_refused, check_verb
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World


def test_an_operator_starts_what_was_stopped(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        stop_service(things_of(world.acme).service)
    check_verb(world, sign_in, "start", "Pending", "service.started")


def test_what_was_not_stopped_is_not_started(world: World, sign_in: SignIn) -> None:
    check_refused(world, sign_in, "start")
