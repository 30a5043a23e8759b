"""Services from a file: a dry run first, all or nothing, and exported again no change."""

from typing import Any

import pytest

from apps.core import door
from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.tables import write
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import advance_deployment, request_deployment
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of
from apps.services.imports import (
    COLUMNS,
    export_services,
    import_services,
    plan_import,
    read_rows,
    roll_out_services,
)
from apps.services.models import RuntimeService
from apps.services.operations import create_services, retire_service
from tests.core.doors import in_new_environment, inside
from tests.quotas.limited import in_limited
from tests.services.test_create_services import spec
from tests.world import World

NEW = {"moduleId": "new", "image": "registry.test/new:1", "version": "1", "replicas": 3}


@pytest.mark.parametrize("format", ["csv", "json", "yaml"])
def test_exported_and_imported_again_nothing_changes(
    world: World, rolled_back: None, format: str
) -> None:
    with in_new_environment(world) as entered:
        create_services([
            spec("api", bounds=Bounds("requests", 0, 9, 55), endpoint_url="https://a.test"),
            spec("run-me", image="=cmd()", version="-1", component_type="gateway"),
            spec("'quoted", image="@x,\"y\""),
            spec("gone"),
        ])  # fmt: skip
        retire_service(RuntimeService.objects.get(module_id="gone").id)
        entered.entries.clear()
        before = RuntimeDeployment.objects.count()
        rows = read_rows(write(export_services(), COLUMNS, format), format)
        plan = import_services(rows)
        assert (plan.new, plan.changed, plan.refused) == ([], [], [])
        assert plan.unchanged == ["'quoted", "api", "run-me"]
        assert RuntimeDeployment.objects.count() == before
        assert entered.entries == []


def test_what_is_new_or_changed_is_one_deployment_and_the_rest_stays(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        api, web = create_services([spec("api", replicas=2), spec("web")])
        rows = [NEW, {"moduleId": "api", "maxReplicas": 5}, {"moduleId": "web", "version": "1"}]
        dry = plan_import(rows)
        assert (dry.new, dry.changed, dry.unchanged) == (["new"], ["api"], ["web"])
        assert not RuntimeService.objects.filter(module_id="new").exists()
        import_services(rows, reason="from the sheet")
        made = RuntimeService.objects.select_related("deployment").get(module_id="new")
        assert (made.deployment.status, made.deployment.reason) == ("Completed", "from the sheet")
        assert bounds_of(ScalingPolicy.objects.get(service=made)) == Bounds.fixed(3)
        assert bounds_of(ScalingPolicy.objects.get(service=api)) == Bounds("cpu", 2, 5)
        assert RuntimeService.objects.get(id=web.id).deployment_id == web.deployment_id


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ({**NEW, "color": "red"}, "color"),
        ({"moduleId": "new"}, "image"),
        ({**NEW, "replicas": "many"}, "replicas"),
        ({**NEW, "replicas": "-1"}, "replicas"),
        ({**NEW, "replicas": True}, "replicas"),
        ({**NEW, "image": ["x"]}, "image"),
        ({**NEW, "image": "x" * 401}, "image"),
        ({**NEW, "metric": "hope"}, "metric"),
        ({**NEW, "minReplicas": 9}, "maxReplicas"),
        ({**NEW, "componentType": "moon"}, "componentType"),
        ({**NEW, "environmentId": "elsewhere"}, "environmentId"),
        ({**NEW, "moduleId": "api"}, "moduleId"),
        ({}, "moduleId"),
    ],
    ids=str,
)
def test_one_bad_row_is_told_by_row_and_field_and_nothing_is_done(
    world: World, rolled_back: None, row: dict[str, Any], refused: str
) -> None:
    with in_new_environment(world) as entered:
        create_services([spec("api")])
        entered.entries.clear()
        rows = [{"moduleId": "api", "version": "2"}, row]
        assert (2, refused) in {(r.row, r.field) for r in plan_import(rows).refused}
        with pytest.raises(Invalid) as refusal:
            import_services(rows)
        assert f"services[1].{refused}" in refusal.value.fields
        assert RuntimeService.objects.get(module_id="api", environment_id=door.environment()
                                          ).version == "1"  # fmt: skip
        assert entered.entries == []


def test_an_import_stays_within_the_quota(world: World, rolled_back: None) -> None:
    with in_limited(world, computeReplicas=5):
        create_services([spec("api", replicas=3)])
        [refusal] = plan_import([NEW]).refused
        assert (refusal.row, refusal.field) == (0, "maxReplicas")
        import_services([{**NEW, "replicas": 2}])


@pytest.mark.parametrize(
    ("text", "format", "said"),
    [
        ("moduleId,image\nx\n", "csv", "line 2: 1 cells under 2 heads"),
        ("a,a\n1,2\n", "csv", "a column stands there twice"),
        ('moduleId\n"x', "csv", "it is not CSV"),
        ("{}", "json", "must be a list of rows"),
        ("[1]", "json", "must be a list of rows"),
        ("- [", "yaml", "line 2, column 1"),
    ],
)
def test_what_is_no_table_is_refused(text: str, format: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_rows(text, format)
    assert said in refusal.value.fields["text"][0]


def test_nothing_and_too_much_are_refused(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        assert [r.row for r in plan_import([]).refused] == [0]
        assert [r.row for r in plan_import([NEW] * 5001).refused] == [0]


def test_a_viewer_imports_nothing(world: World, rolled_back: None) -> None:
    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        import_services([NEW])


def test_a_deployment_that_rolls_out_takes_services_and_its_gate_asks_for_them(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        create_services([spec("api"), spec("web"), spec("kept")])
        deployment = request_deployment(release_ref="release-2")
        rows = [
            NEW,
            {"moduleId": "api", "image": "registry.test/api:2", "version": "2"},
            {"moduleId": "web", "version": "1"},
        ]
        with pytest.raises(Refused, match="while it is RollingOut; it is Requested"):
            roll_out_services(rows, deployment_id=deployment.id)
        while deployment.status != "RollingOut":
            deployment = advance_deployment(deployment.id)
        plan = roll_out_services(rows, deployment_id=deployment.id)
        assert (plan.new, plan.changed, plan.unchanged) == (["new"], ["api"], ["web"])
        produced = deployment.products.values_list("module_id", "change")
        assert list(produced) == [("api", "updated"), ("new", "created"), ("web", "unchanged")]
        again = roll_out_services(rows, deployment_id=deployment.id)
        assert again.unchanged == ["new", "api", "web"]
        assert deployment.products.count() == 3
        deployment = advance_deployment(deployment.id)
        with pytest.raises(Refused, match="no fresh Healthy result of api, new, web"):
            advance_deployment(deployment.id)
        with pytest.raises(Refused, match="it is HealthGating"):
            roll_out_services(rows, deployment_id=deployment.id)


def test_what_a_deployment_rolls_out_stays_within_the_quota_or_nothing_is_done(
    world: World, rolled_back: None
) -> None:
    with in_limited(world, computeReplicas=4):
        create_services([spec("api")])
        deployment = request_deployment(release_ref="release-2")
        while deployment.status != "RollingOut":
            deployment = advance_deployment(deployment.id)
        with pytest.raises(Invalid, match="Nothing was imported"):
            roll_out_services([NEW, {"moduleId": "api", "maxReplicas": 3}],
                              deployment_id=deployment.id)  # fmt: skip
        assert not deployment.products.exists()
        assert not RuntimeService.objects.filter(module_id="new").exists()


def test_another_tenants_deployment_takes_nothing(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        theirs = request_deployment(release_ref="release-2").id
    with inside(world.globex, "silo", writing=True), pytest.raises(NotFound):
        roll_out_services([NEW], deployment_id=theirs)
