"""A verb of many services: what was ticked is asked about, then done one by one."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.services.models import RuntimeService
from apps.services.operations import retire_service, stop_service
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.world import TestTenant, World

PATH = "/t/acme/services/selected/"


def key(tenant: TestTenant, model: str, module: str) -> str:
    return f"{tenant.environments[model]}/{tenant.services[model][module]}"


def statuses(tenant: TestTenant) -> dict[str, str]:
    found = {}
    for model in tenant.environments:
        with inside(tenant, model, writing=False):
            rows = RuntimeService.objects.filter(environment_id=tenant.environments[model])
            found |= {f"{model} {row}": row.status for row in rows}
    return found


def test_the_list_offers_it_to_who_may_write(world: World, sign_in: SignIn) -> None:
    ticks = 'name="service"'
    operator = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get("/t/acme/services/")
    assert operator.content.decode().count(ticks) == 6
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    assert ticks not in viewer.content.decode()


def test_services_of_every_partition_are_stopped_by_one_confirmation(
    world: World, sign_in: SignIn
) -> None:
    keys = [key(world.acme, model, "cart") for model in ("silo", "pool", "shared")]
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    asked = browser.get(PATH, {"verb": "stop", "service": keys})
    assert "Stop 3 services" in words(asked)
    assert values(asked)["chosen"] == "3"
    page = browser.post(
        PATH,
        {"verb": "stop", "service": keys, "chosen": "3", "reason": "night", "confirm": "prod"},
    )
    assert page.status_code == 200
    assert "Stop: 3 done, 0 refused" in words(page)
    found = statuses(world.acme)
    assert {name for name, status in found.items() if status == "Stopped"} == {
        "silo cart", "pool cart", "shared cart",
    }  # fmt: skip
    assert set(statuses(world.globex).values()) == {"Pending"}


def test_what_one_refuses_does_not_hold_up_the_others(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        stop_service(world.acme.services["silo"]["cart"])
    keys = [key(world.acme, "silo", module) for module in ("cart", "web")]
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        PATH,
        {"verb": "stop", "service": keys, "chosen": "2", "reason": "night", "confirm": "prod"},
    )
    text = words(page)
    assert "Stop: 1 done, 1 refused" in text
    assert "refused: A Stopped service cannot stop: only from" in text
    assert statuses(world.acme)["silo web"] == "Stopped"


def test_retiring_is_typed_out(world: World, sign_in: SignIn) -> None:
    keys = [key(world.acme, "pool", "cart")]
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "Final" in words(browser.get(PATH, {"verb": "retire", "service": keys}))
    typed = {"verb": "retire", "service": keys, "chosen": "1", "reason": "old"}
    assert browser.post(PATH, typed | {"confirm": "prod"}).status_code == 422
    assert browser.post(PATH, typed | {"confirm": "retire"}).status_code == 200
    assert statuses(world.acme)["pool cart"] == "Retired"


def test_if_the_selection_moved_it_stops_and_asks(world: World, sign_in: SignIn) -> None:
    keys = [key(world.acme, "pool", "cart"), key(world.globex, "pool", "cart")]
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        PATH,
        {"verb": "stop", "service": keys, "chosen": "2", "reason": "x", "confirm": "prod"},
    )
    assert page.status_code == 422
    assert "The selection is now 1" in errors(page)[""]
    assert values(page)["chosen"] == "1"
    assert set(statuses(world.acme).values()) == {"Pending"}


@pytest.mark.parametrize(
    "given",
    [
        {"verb": "explode", "service": []},
        {"verb": "stop", "service": ["nothing"]},
        {"verb": "stop", "service": ["\x00/\x00"]},
        {"verb": "stop", "service": [f"{n}/x" for n in range(3)]},
    ],
    ids=str,
)
def test_what_no_list_gave_is_refused(world: World, sign_in: SignIn, given: dict[str, Any]) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.get(PATH, given).status_code == 422
    assert browser.post(PATH, given).status_code == 422


def test_the_whole_page_of_a_list_can_be_ticked_and_no_more_than_the_limit(
    world: World, sign_in: SignIn
) -> None:
    keys = [key(world.acme, "pool", "cart")] * 201
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(PATH, {"verb": "stop", "service": keys}).status_code == 422


def test_one_that_has_gone_is_left_out(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        retire_service(world.acme.services["silo"]["cart"])
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(
        PATH, {"verb": "stop", "service": [key(world.acme, "silo", "cart")]}
    )
    assert "refused: it is Retired" in words(page)
