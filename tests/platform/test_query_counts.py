"""What a page of the platform asks the database: the same with one row and with twenty."""

from apps.core.access import Role
from apps.tenant_bindings.operations import request_binding
from apps.tenants.operations import onboard_tenant
from tests.console.people import invited
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.test_query_counts import ENTER, MOST, queries
from tests.core.doors import on_platform, requested_environment
from tests.world import World

# Beside session, person and door.
EXPECTED = {
    "home": 2,  # memberships, tenants
    "platform_home": 6,  # four numbers, two groupings, of which one gives a number; newest
    "tenants:tenant_list": 1,
    # Tenant, counts of its bindings, partitions, bindings, vaults; whether it has an admin.
    "tenants:tenant_detail": 6,
    "tenants:tenant_create": 0,
    "tenants:tenant_edit": 1,
    "environments:environment_list": 1,
    "environments:environment_detail": 2,
    "environments:environment_create": 1,
    "environments:environment_edit": 1,
    "environments:environment_decommission": 1,
    "fleet_search:fleet_results": 0,
    "bindings:binding_list": 2,  # choices of environment, rows
    "bindings:binding_detail": 1,
    "bindings:binding_create": 2,
    "bindings:binding_quota": 1,
    "bindings:binding_suspend": 1,
    "bindings:binding_resume": 1,
    "bindings:binding_release": 1,
    "platform_people:platform_people": 4,  # people; their roles; invitations; proposals
    "platform_people:platform_invitation_create": 0,
    "platform_people:platform_invitation_revoke": 1,
    "platform_people:platform_role_grant": 1,
    "platform_people:platform_role_end": 1,
    "platform_people:platform_person_erase": 1,
    "platform_people:officer_propose": 1,
    "platform_people:officer_withdraw": 1,
    "platform_people:first_admin_invite": 1,
    "platform_people:visit_start": 1,
    "platform_people:visit_leave": 1,
    "upkeep:job_list": 1,
    "upkeep:job_run": 0,
}


def test_each_page_costs_the_same_with_few_rows_and_with_twenty(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    few = {name: queries(browser, things.path(name)) - ENTER for name in EXPECTED}
    assert few == EXPECTED
    with on_platform(world):
        for number in range(20):
            onboard_tenant(slug=f"more{number}", name=f"More {number}")
            for tenant in (f"more{number}", "acme"):
                request_binding(tenant_id=tenant, environment_id=requested_environment(), quota={})
            invited("platform", f"more{number}@people.test", Role.PLATFORM_VIEWER)
    many = {name: queries(browser, things.path(name)) - ENTER for name in EXPECTED}
    assert many == EXPECTED
    assert max(EXPECTED.values()) + ENTER <= MOST
