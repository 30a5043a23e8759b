"""Making an environment in the console."""

import pytest

from apps.core.access import Role
from apps.environments.models import RuntimeEnvironment
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries, refusals
from tests.core.doors import on_platform
from tests.platform.forms import errors, values
from tests.world import World

PATH = "/platform/environments/new/"
NEW = {
    "tenant": "acme", "project_id": "shop", "name": "next", "stage": "staging",
    "region": "northeurope", "isolation_model": "silo", "pulumi_stack_ref": "org/shop/next",
}  # fmt: skip


def test_a_platform_admin_makes_one_that_is_provisioned(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(PATH, NEW)
    assert answer.status_code == 302
    with on_platform(world):
        made = RuntimeEnvironment.objects.get(name="next")
    assert answer["Location"] == f"/platform/environments/{made.id}/"
    assert made.status == "Provisioned"
    assert "next is provisioned" in words(browser.get(answer["Location"]))
    assert [e.actor_label for e in entries(world, "environment.requested", "acme")][-1:] == [
        "platform-admin@acme.test"
    ]


def test_a_platform_viewer_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.platform[Role.PLATFORM_VIEWER]).post(PATH, NEW).status_code == 403
    assert refusals(world, "platform") == [("platform-viewer@acme.test", PATH)]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "x" * 81}, {"name"}),
        ({"project_id": "   "}, {"project_id"}),
        ({"stage": "nowhere"}, {"stage"}),
        ({"isolation_model": "none"}, {"isolation_model"}),
        ({"region": "x" * 41}, {"region"}),
        ({"pulumi_stack_ref": "x" * 201}, {"pulumi_stack_ref"}),
        ({"tenant": "nobody"}, {"tenant"}),
        ({"tenant": "a\x00"}, {"tenant"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    world: World, sign_in: SignIn, change: dict[str, str], wrong: set[str]
) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, NEW | change)
    assert page.status_code == 422
    assert set(errors(page)) == wrong | {""}
    kept = {name: value for name, value in NEW.items() if name not in wrong}
    assert kept.items() <= values(page).items()


def test_a_name_that_its_owner_has_already_is_refused(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, NEW | {"name": "prod"})
    assert page.status_code == 422
    assert "already has an environment 'prod' in shop" in errors(page)[""]
    assert values(page)["name"] == "prod"
