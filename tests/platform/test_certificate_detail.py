"""Any tenant's certificate, for governance officers alone."""

import pytest

from apps.core.access import PLATFORM_ROLES, Role
from tests.console.bodies import facts, links
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "platform_retention:certificate_{}"


def test_an_officer_reads_each_tenants(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    for tenant in (world.acme, world.globex):
        things = things_of(tenant)
        page = browser.get(things.path(NAME.format("detail")), {"row": str(things.row)})
        assert facts(page)["Tenant"] == tenant.slug
        for other in ("export", "proof"):
            assert things.path(NAME.format(other)) in links(page)


@pytest.mark.parametrize("page", ["detail", "export", "proof"])
def test_other_people_of_the_platform_read_none(world: World, sign_in: SignIn, page: str) -> None:
    path = things_of(world.acme).path(NAME.format(page))
    for role in PLATFORM_ROLES:
        expected = 200 if role == Role.GOVERNANCE_OFFICER else 403
        assert sign_in(world.platform[role]).get(path).status_code == expected
