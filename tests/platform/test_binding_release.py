"""Releasing: final, and all that is live there ends with it."""

from collections.abc import Callable

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.services.models import RuntimeService
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import suspend_binding
from tests.console.bodies import words
from tests.console.signed_in import SignIn, browser_of
from tests.console.trail import entries, refusals
from tests.core.doors import inside, on_platform
from tests.platform.forms import errors
from tests.world import World


def path_of(world: World, model: str) -> str:
    return f"/platform/bindings/{world.acme.bindings[model]}/release/"


def test_the_page_says_what_will_end(world: World, sign_in: SignIn) -> None:
    text = words(sign_in(world.platform[Role.PLATFORM_ADMIN]).get(path_of(world, "pool")))
    assert "live services of acme in pool of acme are retired" in text
    assert "Type acme to confirm" in text


def test_a_platform_admin_releases_and_what_was_live_is_retired(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    slug = world.acme.slug
    typed = {"reason": "left", "confirm": slug}
    browser = browser_of(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(path_of(world, "shared"), typed).status_code == 302
    with on_platform(world):
        binding = RuntimeTenantBinding.objects.get(id=world.acme.bindings["shared"])
    assert binding.status == "Released"
    assert binding.released_at is not None
    [entry] = entries(world, "binding.released", slug)
    assert (entry.reason, entry.after) == ("left", {"status": "Released"})
    tenant = browser_of(world.acme.people[Role.TENANT_ADMIN])
    environment = world.acme.environments["shared"]
    assert tenant.get(f"/t/{slug}/environments/{environment}/").status_code == 404
    with inside(world.globex, "shared", writing=False):  # the neighbour in the same schema
        assert set(RuntimeService.objects.values_list("status", flat=True)) == {"Pending"}


def test_a_suspended_one_is_released_too(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        suspend_binding(world.acme.bindings["pool"])
    typed = {"reason": "left", "confirm": "acme"}
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(path_of(world, "pool"), typed).status_code == 302


def test_the_slug_is_typed_whatever_the_stage(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(
        path_of(world, "pool"), {"reason": "left", "confirm": "Acme"}
    )
    assert page.status_code == 422
    assert errors(page)["confirm"] == "This is not acme."


def test_a_platform_viewer_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    path = path_of(world, "pool")
    answer = sign_in(world.platform[Role.PLATFORM_VIEWER]).post(
        path, {"reason": "left", "confirm": "acme"}
    )
    assert answer.status_code == 403
    assert refusals(world, "platform") == [("platform-viewer@acme.test", path[:64])]


def test_one_that_is_not_is_not_found(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for verb in ("", "suspend/", "resume/", "release/"):
        path = f"/platform/bindings/{uuid7()}/{verb}"
        assert browser.get(path).status_code == 404
