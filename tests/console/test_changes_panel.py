"""What has changed in the last day, of every partition."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.access import Role
from apps.overview import panels
from tests.console.many import make_configurations, make_deployments
from tests.console.signed_in import SignIn
from tests.world import World


def changes(world: World, sign_in: SignIn) -> Any:
    return sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/changes/").context["changes"]


def test_the_newest_of_all_partitions_come_first(world: World, sign_in: SignIn) -> None:
    make_deployments(world.acme, "silo", 2)
    make_configurations(world.acme, "pool", 1)
    make_deployments(world.acme, "shared", 2)
    make_deployments(world.globex, "shared", 1)
    found = changes(world, sign_in)
    assert [d.release_ref for d in found.deployments[:4]] == [
        "shared 001", "shared 000", "silo 001", "silo 000",
    ]  # fmt: skip
    assert found.configurations[0].status == "Draft"


def test_what_is_older_than_a_day_is_left_out(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changes(world, sign_in).deployments
    monkeypatch.setattr(panels, "DAY", timedelta(0))
    assert changes(world, sign_in).rows == []
