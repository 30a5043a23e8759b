"""What a page of the platform asks the database: the same with one row and with twenty."""

from apps.core.access import Role
from apps.retention.exceptions import request_exception
from apps.retention.operations import place_hold, set_retention
from apps.retention.returns import ask_return
from apps.tenant_bindings.operations import request_binding
from apps.tenants.operations import onboard_tenant
from tests.console.people import as_admin, invited
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.test_query_counts import ENTER, MOST, queries
from tests.core.doors import on_platform, requested_environment
from tests.drift_findings.seen import in_days
from tests.world import World

# Beside session, person and door.
EXPECTED = {
    "home": 2,  # memberships, tenants
    # Tenants, their numbers, their models; sums; two counts, partitions, bindings; alerts.
    "platform_home": 9,
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
    "upkeep:job_list": 2,  # jobs; alerts
    "upkeep:alert_list": 2,  # alerts; what waits
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


FOR_OFFICERS = {
    # Classes; tenants; holds and what they keep; runs.
    "platform_retention:fleet_retention": 5,
    "governance:hold_list": 1,
    "governance:hold_detail": 1,
    "governance:hold_place": 0,
    "governance:hold_propose_lift": 3,  # the hold; the time; what becomes due
    "governance:hold_lift": 4,
    "governance:exception_list": 1,
    "governance:exception_detail": 1,
    "governance:exception_approve": 1,
    "governance:window_list": 2,  # ways back; versions
    "governance:window_lengthen": 0,
    "governance:window_return": 0,
    "governance:return_confirm": 3,
}


def test_each_page_of_governance_costs_the_same_with_few_rows_and_with_twenty(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    few = {name: queries(browser, things.path(name)) - ENTER for name in FOR_OFFICERS}
    assert few == FOR_OFFICERS
    with as_admin(world.acme):
        for _ in range(20):
            request_exception(
                data_class="step-log", reason="r", legal_basis="b", lapses_at=in_days(7)
            )
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        for number in range(20):
            where = {"tenant_id": "acme", "data_class": "health-result", "reason": "r"}
            place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
            set_retention(days=60 + number, **where)
            ask_return(days=30, **where)
    many = {name: queries(browser, things.path(name)) - ENTER for name in FOR_OFFICERS}
    assert many == FOR_OFFICERS
    assert max(FOR_OFFICERS.values()) + ENTER <= MOST
