"""A verb of many services: what was ticked is asked about, then done one by one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.core.audit import history
from apps.services import views_many
from apps.services.models import RuntimeService
from apps.services.moves import move_what_can
from apps.services.operations import retire_service, stop_service
from apps.tenant_bindings.operations import suspend_binding
from tests.console.bodies import words
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform
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


def matched(**more: str) -> dict[str, str]:
    return {"verb": "stop", "reason": "night", "confirm": "prod", **more}


def test_all_that_match_are_found_by_the_server_in_every_environment(
    world: World, sign_in: SignIn
) -> None:
    make_services(world.acme, "silo", [f"s{n:03}" for n in range(60)])
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    asked = browser.get(f"{PATH}?match=1&verb=stop&q=s")
    text = words(asked)
    assert "Stop 60 services" in text
    assert "Status: Live" in text
    assert "begins with “s”" in text
    assert "s019" in text
    assert "s020" not in text
    assert "and 40 more" in text
    assert values(asked)["chosen"] == "60"
    page = browser.post(f"{PATH}?match=1&q=s", matched(chosen="60"))
    assert "Stop: 60 done, 0 refused" in words(page)
    found = statuses(world.acme)
    assert sum(status == "Stopped" for status in found.values()) == 60
    assert found["silo cart"] == "Pending"
    assert set(statuses(world.globex).values()) == {"Pending"}


def test_one_entry_an_environment_tells_of_all_with_the_one_reason(
    world: World, sign_in: SignIn
) -> None:
    sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(f"{PATH}?match=1", matched(chosen="6"))
    for model in ("silo", "pool", "shared"):
        with inside(world.acme, model, writing=False):
            newest = history(world.acme.environments[model])[0]
        ids = sorted(str(one) for one in world.acme.services[model].values())
        assert (newest.action, newest.reason) == ("services.stopped", "night")
        assert newest.after["ids"] == ids
        assert newest.actor_label == world.acme.people[Role.TENANT_OPERATOR].email


def test_if_more_match_than_were_asked_about_it_stops_and_asks(
    world: World, sign_in: SignIn
) -> None:
    make_services(world.acme, "pool", ["one-more"])
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        f"{PATH}?match=1", matched(chosen="6")
    )
    assert page.status_code == 422
    assert "The selection is now 7" in errors(page)[""]
    assert set(statuses(world.acme).values()) == {"Pending"}


def test_a_suspended_environment_is_no_part_of_all_that_match(
    world: World, sign_in: SignIn
) -> None:
    with on_platform(world):
        suspend_binding(world.acme.bindings["pool"], reason="unpaid")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert values(browser.get(f"{PATH}?match=1&verb=stop"))["chosen"] == "4"
    page = browser.post(f"{PATH}?match=1", matched(chosen="4"))
    assert "Stop: 4 done, 0 refused" in words(page)


def test_more_than_the_limit_is_refused_before_anything_is_done(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_many, "MOST_MATCHED", 5)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.get(f"{PATH}?match=1&verb=stop").status_code == 422
    assert browser.post(f"{PATH}?match=1", matched(chosen="6")).status_code == 422
    assert set(statuses(world.acme).values()) == {"Pending"}


def test_what_was_refused_is_named_first_and_can_be_asked_for_again(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme, "silo"):
        stop_service(world.acme.services["silo"]["web"])
    environment = world.acme.environments["silo"]
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        f"{PATH}?match=1&environment={environment}", matched(chosen="2")
    )
    text = words(page)
    assert "Stop: 1 done, 1 refused" in text
    assert "Ask again for the 1 refused" in text
    assert key(world.acme, "silo", "web") in page.content.decode()


def test_a_viewer_and_a_stranger_move_nothing_that_matches(world: World, sign_in: SignIn) -> None:
    for person, code in ((world.acme.people[Role.TENANT_VIEWER], 403), (world.stranger, 404)):
        assert sign_in(person).post(f"{PATH}?match=1", matched(chosen="6")).status_code == code
    assert set(statuses(world.acme).values()) == {"Pending"}


def test_moving_many_refuses_what_is_anothers_or_elsewhere(world: World, sign_in: SignIn) -> None:
    theirs = world.globex.services["pool"]["cart"]
    elsewhere = world.acme.services["silo"]["cart"]
    with inside(world.acme, "pool"):
        refused = move_what_can([theirs, elsewhere], "stop")
    assert set(refused.values()) == {"It is not there any more."}
    assert set(refused) == {theirs, elsewhere}
    assert set(statuses(world.acme).values()) == set(statuses(world.globex).values()) == {"Pending"}


def test_many_cost_no_more_statements_than_few(world: World, sign_in: SignIn) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured, inside(world.acme, "silo"):
            ids = RuntimeService.objects.exclude(status="Stopped").values_list("id", flat=True)
            assert move_what_can(list(ids), "stop") == {}
        return len(captured)

    few = cost()
    make_services(world.acme, "silo", [f"s{n:03}" for n in range(60)])
    assert cost() == few


def test_one_that_has_gone_is_left_out(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        retire_service(world.acme.services["silo"]["cart"])
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(
        PATH, {"verb": "stop", "service": [key(world.acme, "silo", "cart")]}
    )
    assert "refused: it is Retired" in words(page)
