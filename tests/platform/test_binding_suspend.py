"""Suspending: reads only, from the next statement on."""

from apps.core.access import Role
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import activate_binding, request_binding
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries, refusals
from tests.core.doors import on_platform, requested_environment
from tests.platform.forms import errors, values
from tests.world import World


def path_of(world: World, model: str = "pool") -> str:
    return f"/platform/bindings/{world.acme.bindings[model]}/suspend/"


def status(world: World, model: str = "pool") -> str:
    with on_platform(world):
        return RuntimeTenantBinding.objects.get(id=world.acme.bindings[model]).status


def test_a_platform_admin_suspends_with_a_reason_and_the_slug_typed_for_prod(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(path_of(world), {"reason": "unpaid", "confirm": "acme"})
    assert answer.status_code == 302
    assert status(world) == "Suspended"
    assert "acme in pool of acme: suspended." in words(browser.get(answer["Location"]))
    [entry] = entries(world, "binding.suspended", "acme")
    assert (entry.reason, entry.actor_label) == ("unpaid", "platform-admin@acme.test")
    assert (entry.before, entry.after) == ({"status": "Active"}, {"status": "Suspended"})


def test_without_the_slug_or_a_reason_nothing_happens(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for typed, wrong in (
        ({"reason": "", "confirm": "acme"}, "reason"),
        ({"reason": "unpaid", "confirm": "globex"}, "confirm"),
        ({"reason": "unpaid", "confirm": ""}, "confirm"),
        ({"reason": "x" * 2001, "confirm": "acme"}, "reason"),
    ):
        page = browser.post(path_of(world), typed)
        assert page.status_code == 422
        assert set(errors(page)) == {wrong, ""}
        assert values(page)["reason"] == typed["reason"]
    assert status(world) == "Active"
    assert entries(world, "binding.suspended", "acme") == []


def test_outside_prod_nothing_is_typed(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(stage="dev")
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
        activate_binding(binding.id)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/platform/bindings/{binding.id}/suspend/"
    assert set(values(browser.get(path))) == {"reason"}
    assert browser.post(path, {"reason": "why not"}).status_code == 302


def test_a_second_time_is_refused_with_the_reason(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    typed = {"reason": "unpaid", "confirm": "acme"}
    browser.post(path_of(world), typed)
    page = browser.post(path_of(world), typed)
    assert page.status_code == 422
    assert "cannot suspend: only from Active" in errors(page)[""]
    assert len(entries(world, "binding.suspended", "acme")) == 1


def test_a_platform_viewer_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    answer = browser.post(path_of(world), {"reason": "unpaid", "confirm": "acme"})
    assert answer.status_code == 403
    assert "You may not do this" in words(answer)
    assert status(world) == "Active"
    # In the chain of where the viewer stands, never of the tenant aimed at.
    assert refusals(world, "platform") == [("platform-viewer@acme.test", path_of(world)[:64])]
    assert refusals(world, "acme") == []


def test_the_neighbours_binding_is_untouched(world: World, sign_in: SignIn) -> None:
    typed = {"reason": "unpaid", "confirm": "acme"}
    sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path_of(world, "shared"), typed)
    with on_platform(world):
        theirs = RuntimeTenantBinding.objects.get(id=world.globex.bindings["shared"])
    assert (status(world, "shared"), theirs.status) == ("Suspended", "Active")
