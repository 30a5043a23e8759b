"""Suspending and resuming from the admin: by the operation, with the right, audited."""

import pytest

from apps.core.access import Role
from apps.tenant_bindings.models import RuntimeTenantBinding
from tests.admin.sites import list_path
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.world import World

PATH = list_path(RuntimeTenantBinding)


def chosen(world: World, action: str, *models: str) -> dict[str, object]:
    return {
        "action": action,
        "_selected_action": [str(world.acme.bindings[model]) for model in models],
        "confirmed": str(len(models)),
        "reason": "unpaid",
        "confirm": "prod",
    }


def status(world: World, model: str) -> str:
    with on_platform(world):
        return RuntimeTenantBinding.objects.get(id=world.acme.bindings[model]).status


def test_a_platform_admin_suspends_and_resumes_what_is_selected(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(PATH, chosen(world, "suspend", "silo", "pool"), follow=True)
    assert "2 suspended." in words(answer)
    assert [status(world, m) for m in ("silo", "pool", "shared")] == [
        "Suspended", "Suspended", "Active",
    ]  # fmt: skip
    assert len(entries(world, "binding.suspended", "acme")) == 2
    answer = browser.post(PATH, chosen(world, "resume", "silo", "shared"), follow=True)
    assert "1 resumed." in words(answer)
    assert "only from Suspended" in words(answer)  # the one that was not
    assert status(world, "silo") == "Active"
    assert len(entries(world, "binding.resumed", "acme")) == 1


def test_it_asks_first_and_does_nothing_until_it_is_confirmed(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    whole = chosen(world, "suspend", "silo", "pool")
    first = {key: whole[key] for key in ("action", "_selected_action")}
    page = browser.post(PATH, first)
    assert "Suspend: 2 selected" in words(page)
    assert 'name="confirmed" value="2"' in page.content.decode()
    for wrong in ({"confirm": "PROD"}, {"confirm": ""}, {"reason": " "}):
        assert browser.post(PATH, {**whole, **wrong}).status_code == 200
    answer = browser.post(PATH, {**whole, "confirmed": "3"}, follow=True)
    assert "Nothing was done" in words(answer)
    assert [status(world, m) for m in ("silo", "pool")] == ["Active", "Active"]
    assert entries(world, "binding.suspended", "acme") == []


@pytest.mark.parametrize("role", [Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER], ids=str)
def test_who_may_only_read_is_offered_no_action_and_can_do_none(
    world: World, sign_in: SignIn, role: Role
) -> None:
    browser = sign_in(world.platform[role])
    assert '<option value="suspend">' not in browser.get(PATH).content.decode()
    browser.post(PATH, chosen(world, "suspend", "silo"))
    assert status(world, "silo") == "Active"
    assert entries(world, "binding.suspended", "acme") == []


def test_a_platform_admin_is_offered_verbs_and_no_deleting(world: World, sign_in: SignIn) -> None:
    text = sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH).content.decode()
    assert '<option value="suspend">' in text
    assert '<option value="resume">' in text
    assert "delete_selected" not in text


def test_nothing_is_written_to_djangos_own_log(world: World, sign_in: SignIn) -> None:
    from django.db import connections

    sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, chosen(world, "suspend", "silo"))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.django_admin_log")
        assert cursor.fetchone() == (0,)


def test_releasing_is_final_so_that_the_verb_is_typed(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    whole = chosen(world, "release", "pool")
    assert "Type release to confirm" in words(browser.post(PATH, whole))
    assert status(world, "pool") == "Active"
    answer = browser.post(PATH, {**whole, "confirm": "release"}, follow=True)
    assert "1 released." in words(answer)
    assert status(world, "pool") == "Released"
    [entry] = entries(world, "binding.released", "acme")
    assert entry.reason == "unpaid"
