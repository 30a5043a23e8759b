import pytest

from apps.core.access import Role
from apps.core.errors import Refused
from apps.deployments.operations import request_deployment
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import values
from tests.world import World

PATH = "/platform/freezes/new/"
ALWAYS = {
    "reason": "the region moves", "weekdays": list("1234567"), "from_time": "00:00",
    "until_time": "00:00", "time_zone": "UTC", "override_role": "platform-admin",
}  # fmt: skip


def test_it_holds_for_every_tenant_at_once(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(PATH, ALWAYS)["Location"] == "/platform/freezes/"
    for tenant in (world.acme, world.globex):
        with inside(tenant), pytest.raises(Refused, match="the region moves"):
            request_deployment(release_ref="r1")


def test_it_asks_for_no_scope(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH)
    assert not {"scope", "project_id", "environment_id"} & values(page).keys()
