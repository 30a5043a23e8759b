import pytest

from apps.core.errors import Refused
from apps.deployments.operations import request_deployment
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.services.operations import (
    apply_release,
    create_services,
    retire_all,
    retire_service,
    run_service,
    start_service,
)
from tests.core.doors import in_new_environment, inside, now, sqlstate
from tests.services.test_create_services import spec
from tests.world import World


def test_a_retired_service_says_when_and_why(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        entered.entries.clear()
        retired = retire_service(made.id, reason="replaced")
        assert (retired.status, retired.retired_at) == ("Retired", now())
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("service.retired", "replaced")
        assert (entry.before, entry.after) == ({"status": "Pending"}, {"status": "Retired"})


def test_retired_is_final(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        retire_service(made.id)
        entered.entries.clear()
        for verb in (retire_service, start_service, run_service):
            with pytest.raises(Refused):
                verb(made.id)
        assert entered.entries == []
        back = "UPDATE services_runtimeservice SET status = 'Running' WHERE id = %s"
        assert sqlstate(back, [made.id]) == "RP409"


def test_all_of_an_environment_retire_in_one_entry_and_none_of_another(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        (elsewhere,) = create_services([spec("api")])
    with in_new_environment(world) as entered:
        create_services([spec("api"), spec("web")])
        entered.entries.clear()
        for _ in range(2):
            retire_all(reason="gone")
        (entry,) = entered.entries
        assert (entry.action, entry.after) == (
            "services.retired", {"count": 2, "modules": ["api", "web"]},
        )  # fmt: skip
        here = RuntimeService.objects.filter(environment_id=entered.environment_id)
        assert set(here.values_list("status", flat=True)) == {"Retired"}
    with inside(world.acme, environment_id=elsewhere.environment_id):
        assert RuntimeService.objects.get(id=elsewhere.id).status == "Pending"


def test_a_release_retires_what_it_no_longer_names_and_writes_every_change_down(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        gone, kept, moved = create_services([spec("gone"), spec("kept"), spec("moved")])
        deployment = request_deployment(release_ref="r2", gate="external")
        entered.entries.clear()
        applied = apply_release(
            deployment,
            [spec("kept"), spec("moved", image="registry.test/api:2"), spec("new")],
            retire_missing=True,
        )
        assert applied.counts() == {"created": 1, "updated": 1, "unchanged": 1, "retired": 1}
        products = {
            p.module_id: (p.change, p.image_before, p.image_after)
            for p in deployment.products.all()
        }
        one, two = "registry.test/api:1", "registry.test/api:2"
        assert products == {
            "gone": ("retired", one, ""), "kept": ("unchanged", one, one),
            "moved": ("updated", one, two), "new": ("created", "", one),
        }  # fmt: skip
        assert RuntimeService.objects.get(id=gone.id).status == "Retired"
        (entry,) = entered.entries
        assert set(entry.after) == {"created", "updated", "retired"}
        live = RuntimeService.objects.filter(environment_id=entered.environment_id).exclude(
            status="Retired"
        )
        assert ScalingPolicy.objects.filter(service__in=live).count() == live.count() == 3
        assert {service.id for service in live} >= {kept.id, moved.id}
