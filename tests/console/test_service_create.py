"""Making a service by hand: one deployment of one step, checked field by field."""

import pytest

from apps.core.access import Role
from apps.services.models import RuntimeService
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.quotas.limited import set_quota
from tests.world import World

NEW = {
    "module_id": "api", "component_type": "gateway", "image": "registry.test/api:1",
    "version": "1", "compute_target": "aks", "replicas": "2", "endpoint_url": "",
    "reason": "moved in", "confirm": "prod",
}  # fmt: skip


def test_an_operator_makes_one_and_its_deployment(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("services:service_create")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(path, NEW)
    assert answer.status_code == 302
    with inside(world.acme, "silo", writing=False):
        made = RuntimeService.objects.select_related("deployment").get(module_id="api")
    assert answer["Location"].endswith(f"/services/{made.id}/")
    assert (made.replicas, made.component_type, made.compute_target) == (2, "gateway", "aks")
    assert (made.deployment.status, made.deployment.reason) == ("Completed", "moved in")
    assert "api is made." in words(browser.get(answer["Location"]))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"module_id": ""}, "module_id"),
        ({"module_id": "x" * 121}, "module_id"),
        ({"image": ""}, "image"),
        ({"version": "x" * 161}, "version"),
        ({"replicas": "-1"}, "replicas"),
        ({"replicas": "many"}, "replicas"),
        ({"component_type": "moon"}, "component_type"),
        ({"compute_target": ""}, "compute_target"),
        ({"endpoint_url": "x" * 401}, "endpoint_url"),
        ({"confirm": "staging"}, "confirm"),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    world: World, sign_in: SignIn, change: dict[str, str], wrong: str
) -> None:
    path = things_of(world.acme).path("services:service_create")
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(path, NEW | change)
    assert page.status_code == 422
    assert set(errors(page)) == {wrong, ""}
    kept = {"component_type": "gateway", "version": "1", "reason": "moved in"}
    assert {k: v for k, v in kept.items() if k != wrong}.items() <= values(page).items()


def test_a_field_is_checked_as_one_leaves_it(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("services:service_create")
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(
        path,
        NEW | {"replicas": "-1"},
        headers={"HX-Request": "true", "HX-Target": "field-replicas"},
    )
    assert set(errors(page)) == {"replicas"}
    with inside(world.acme, "silo", writing=False):
        assert not RuntimeService.objects.filter(module_id="api").exists()


def test_a_name_that_is_live_and_a_quota_that_is_full_are_refused(
    world: World, sign_in: SignIn
) -> None:
    path = things_of(world.acme).path("services:service_create")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(path, NEW | {"module_id": "cart"})
    assert (page.status_code, errors(page)[""]) == (422, "Live here already: cart.")
    set_quota(world, world.acme.environments["silo"], {"computeReplicas": 6})
    page = browser.post(path, NEW)
    assert page.status_code == 422
    assert errors(page)["replicas"] == ("7 replicas would be used; the quota allows 6, 1 are free")
