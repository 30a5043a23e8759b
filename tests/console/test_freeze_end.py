from typing import Any
from uuid import UUID

from apps.core.access import Role
from apps.freezes.models import Freeze
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World


def _post(world: World, sign_in: SignIn, freeze: UUID, **given: str) -> Any:
    sent = {"reason": "over", "confirm": "acme", **given}
    return sign_in(world.acme.people[Role.TENANT_ADMIN]).post(
        f"/t/acme/freezes/{freeze}/end/", sent
    )


def _status(world: World, freeze: UUID) -> str:
    with on_platform(world):
        return Freeze.objects.get(id=freeze).status


def test_it_ends_for_good(world: World, sign_in: SignIn) -> None:
    own = world.acme.freezes["own"]
    assert _post(world, sign_in, own)["Location"] == "/t/acme/freezes/"
    assert _status(world, own) == "Ended"
    assert _post(world, sign_in, own).status_code == 422


def test_it_takes_a_reason_and_the_tenants_name_typed(world: World, sign_in: SignIn) -> None:
    own = world.acme.freezes["own"]
    for wrong in ({"reason": ""}, {"confirm": "globex"}, {"confirm": ""}):
        assert _post(world, sign_in, own, **wrong).status_code == 422
    assert _status(world, own) == "Standing"


def test_neither_the_platforms_nor_a_neighbours_is_ended_here(
    world: World, sign_in: SignIn
) -> None:
    for other in (world.acme.freezes["platform"], world.globex.freezes["own"]):
        assert _post(world, sign_in, other).status_code == 404
        assert _status(world, other) == "Standing"
