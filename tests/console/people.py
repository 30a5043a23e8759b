"""People and what is about them, in one tenant and on the platform: found, or made."""

from typing import Any
from uuid import UUID

from apps.core.access import PLATFORM, Role
from apps.people.invitations import invite
from apps.people.models import ApiClient, Invitation, Membership, OfficerProposal, Visit
from apps.people.officers import propose_officer
from apps.people.operations import create_api_client
from apps.people.visits import leave_visit, start_visit
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.world import TestTenant, person_actor


def as_admin(tenant: TestTenant, role: Role = Role.TENANT_ADMIN) -> Any:
    """The tenant's part of the control plane, as one of its people."""
    actor = person_actor(tenant.people[role])
    return enter_tenant(tenant.slug, actor=actor, partition="public", writing=True)


def as_platform(tenant: TestTenant, role: Role = Role.PLATFORM_ADMIN) -> Any:
    return enter_platform(actor=person_actor(tenant.platform[role]))


def link(token: str) -> str:
    return f"http://testserver/accounts/invitation/{token}/"


def invited(place: str, email: str, role: Role) -> UUID:
    """One that is Pending: the same again where there is one already."""
    pending = Invitation.objects.filter(tenant_id=place, email=email, status="Pending")
    found = pending.first() or invite(tenant_id=place, email=email, role=role, link=link)
    return found.id


def things_of_people(tenant: TestTenant) -> dict[str, UUID]:
    """One of each kind; a visit that is over, so that nobody is inside."""
    viewer, colleague = tenant.people[Role.TENANT_VIEWER], tenant.platform[Role.PLATFORM_VIEWER]
    with as_admin(tenant):
        mine = {
            "person": viewer.id,
            "membership": _membership(tenant.slug, viewer.id),
            "invitation": invited(tenant.slug, "guest@people.test", Role.TENANT_VIEWER),
            "client": _client(tenant.slug),
        }
    with as_platform(tenant):
        visit = Visit.objects.filter(tenant_id=tenant.slug).first()
        if visit is None:
            visit = start_visit(tenant_id=tenant.slug, reason="a look round")
            leave_visit(visit.id)
        proposal = OfficerProposal.objects.filter(person_id=colleague.id).first()
        if proposal is None:
            proposal = propose_officer(person_id=colleague.id, reason="knows the rules")
        return {
            **mine,
            "visit": visit.id,
            "colleague": colleague.id,
            "role": _membership(PLATFORM, colleague.id),
            "officer": _membership(PLATFORM, tenant.platform[Role.GOVERNANCE_OFFICER].id),
            "letter": invited(PLATFORM, "helper@people.test", Role.PLATFORM_VIEWER),
            "proposal": proposal.id,
        }


def _membership(place: str, person: UUID) -> UUID:
    return Membership.objects.get(tenant_id=place, person_id=person, ended_at=None).id


def _client(tenant: str) -> UUID:
    found = ApiClient.objects.filter(tenant_id=tenant).first()
    if found is None:
        found, _ = create_api_client(tenant_id=tenant, name="ci", scopes=["runtime.services.read"])
    return found.id
