"""Binding a tenant in the console: the worker then makes the partition."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connections

from apps.core.access import Role
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.tasks import make_partition_of
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.console.trail import refusals
from tests.core.doors import on_platform, requested_environment
from tests.platform.forms import errors, values
from tests.world import World

PATH = "/platform/bindings/new/"
NONE = {"compute_replicas": "", "storage_gib": "", "throughput_rps": ""}


def new(world: World, model: str = "pool") -> dict[str, str]:
    with on_platform(world):
        return {**NONE, "tenant": world.acme.slug, "environment": str(requested_environment(model))}


def test_a_platform_admin_binds_and_a_job_waits_for_the_worker(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(PATH, new(world) | {"compute_replicas": "40", "storage_gib": "0"})
    assert answer.status_code == 302
    with on_platform(world):
        made = RuntimeTenantBinding.objects.get(id=answer["Location"].split("/")[-2])
    assert made.status == "Pending"
    assert made.quota == {"computeReplicas": 40, "storageGiB": 0}
    page = words(browser.get(answer["Location"]))
    assert "Bound. The worker makes the partition now." in page
    assert "Pending" in page


def test_once_the_worker_has_been_there_the_tenant_has_its_pages(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    wanted = new(world, "pool")
    answer = browser_of(world.platform[Role.PLATFORM_ADMIN]).post(PATH, wanted)
    binding = answer["Location"].split("/")[-2]
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'make_partition' "
            "AND status = 'todo' ORDER BY id DESC LIMIT 1"
        )
        [(arguments,)] = cursor.fetchall()
    arguments = arguments if isinstance(arguments, dict) else json.loads(arguments)
    assert arguments == {"binding_id": binding}  # ids only
    tenant = browser_of(world.acme.people[Role.TENANT_VIEWER])
    path = f"/t/{world.acme.slug}/environments/{wanted['environment']}/"
    assert tenant.get(path).status_code == 404
    make_partition_of(**arguments)
    assert tenant.get(path).status_code == 200
    make_partition_of(**arguments)  # done again it changes nothing
    assert tenant.get(path).status_code == 200


def test_a_platform_viewer_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert browser.post(PATH, new(world)).status_code == 403
    assert refusals(world, "platform") == [("platform-viewer@acme.test", PATH)]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"tenant": ""}, "tenant"),
        ({"tenant": "platform"}, "tenant"),
        ({"tenant": "nobody"}, "tenant"),
        ({"environment": "no uuid"}, "environment"),
        ({"environment": "01920000-0000-7000-8000-000000000000"}, "environment"),
        ({"compute_replicas": "-1"}, "compute_replicas"),
        ({"compute_replicas": str(2**31)}, "compute_replicas"),
        ({"storage_gib": str(2**31)}, "storage_gib"),
        ({"throughput_rps": "1.5"}, "throughput_rps"),
        ({"throughput_rps": "9" * 5000}, "throughput_rps"),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    world: World, sign_in: SignIn, change: dict[str, str], wrong: str
) -> None:
    typed = new(world) | {"compute_replicas": "40"} | change
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, typed)
    assert page.status_code == 422
    assert set(errors(page)) == {wrong, ""}
    kept = {name: value for name, value in typed.items() if name != wrong}
    assert kept.items() <= values(page).items()


def test_who_is_bound_there_already_is_not_bound_twice(world: World, sign_in: SignIn) -> None:
    typed = {**NONE, "tenant": "acme", "environment": str(world.acme.environments["pool"])}
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, typed)
    assert page.status_code == 422
    assert "bound to pool of acme already" in errors(page)[""]
    with on_platform(world):
        found = RuntimeTenantBinding.objects.filter(
            tenant_id="acme", environment_id=UUID(typed["environment"])
        )
        assert found.count() == 1


def test_a_silo_has_one_tenant(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme, "silo")
    typed = {**NONE, "tenant": "globex", "environment": str(things.environment)}
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, typed)
    assert page.status_code == 422
    assert "its silo is taken" in errors(page)[""]


def test_environments_of_one_name_can_be_told_apart(world: World, sign_in: SignIn) -> None:
    text = words(sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH))
    assert "prod · shop · prod · acme" in text
    assert "prod · shop · prod · globex" in text
