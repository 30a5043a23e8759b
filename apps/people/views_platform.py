"""Pages of the platform's own people, of governance officers, and of entering a tenant."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import PLATFORM, Role, needs
from apps.core.forms import ReasonForm
from apps.core.htmx import page, posted
from apps.people import officers
from apps.people.erasing import erase_person
from apps.people.forms import InvitationForm, LeaveForm, ProposalForm, RoleForm, VisitForm
from apps.people.invitations import invite, revoke_invitation
from apps.people.models import Invitation, Membership, OfficerProposal, Visit
from apps.people.operations import GIVEN_BY_ADMINS, end_role, grant_role
from apps.people.queries import people_of
from apps.people.views import letter_link
from apps.people.views_common import SHOWN, list_context, somebody_of, verb_page, why
from apps.people.visits import leave_visit, start_visit
from apps.tenants.models import Tenant

READ, WRITE = "runtime.people.read", "runtime.people.write"
OFFICERS, VISITS = "runtime.officers.write", "runtime.visits.write"
BASE = "/platform/people/"


@needs(READ)
def platform_people(request: Any) -> HttpResponse:
    proposals = OfficerProposal.objects.select_related("person").order_by("-id")
    context = {**list_context(request, PLATFORM, BASE), "proposals": proposals[:SHOWN]}
    return page(request, "people/platform_people.html", context)


@needs(WRITE)
def platform_invitation_create(request: Any) -> HttpResponse:
    return verb_page(
        request,
        form=InvitationForm(posted(request), roles=GIVEN_BY_ADMINS),
        title="Invite somebody to the platform",
        submit="Invite",
        back=BASE,
        run=lambda form: invite(tenant_id=PLATFORM, link=letter_link(request), **form.cleaned_data),
        done="The letter is on its way.",
    )


@needs(WRITE)
def platform_invitation_revoke(request: Any, letter_id: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, id=letter_id)
    return verb_page(
        request,
        title=f"Revoke the invitation of {invitation.email}",
        submit="Revoke",
        back=BASE,
        run=lambda form: revoke_invitation(letter_id, reason=why(form)),
        done="The invitation is revoked: its link leads nowhere.",
    )


@needs(WRITE)
def platform_role_grant(request: Any, colleague_id: UUID) -> HttpResponse:
    somebody = somebody_of(PLATFORM, colleague_id)
    return verb_page(
        request,
        form=RoleForm(posted(request), roles=GIVEN_BY_ADMINS),
        title=f"Give {somebody} another role",
        submit="Give the role",
        back=BASE,
        run=lambda form: grant_role(person=somebody, tenant_id=PLATFORM, **form.cleaned_data),
        done=f"{somebody} has another role.",
    )


@needs(WRITE)
def platform_role_end(request: Any, role_id: UUID) -> HttpResponse:
    return _end(request, role_id, end_role)


@needs(OFFICERS)
def officer_end(request: Any, officer_id: UUID) -> HttpResponse:
    return _end(request, officer_id, officers.end_officer)


def _end(request: Any, membership_id: UUID, operation: Callable[..., Any]) -> HttpResponse:
    membership = get_object_or_404(
        Membership.objects.select_related("person"), id=membership_id, tenant_id=PLATFORM
    )
    return verb_page(
        request,
        title=f"End {membership.role} of {membership.person}",
        submit="End the role",
        back=BASE,
        run=lambda form: operation(membership_id, reason=why(form)),
        done=f"{membership.person} is no {membership.role} any more.",
        danger=True,
    )


@needs(WRITE)
def platform_person_erase(request: Any, colleague_id: UUID) -> HttpResponse:
    somebody = somebody_of(PLATFORM, colleague_id)
    return verb_page(
        request,
        form=ReasonForm(posted(request), confirm=somebody.email),
        title=f"Erase {somebody}",
        submit="Erase",
        back=BASE,
        run=lambda form: erase_person(colleague_id, reason=why(form)),
        done="Erased: an id is left.",
        danger=True,
        warning="Roles and sessions end, and name, address and password go. This is for good.",
    )


@needs(WRITE)
def officer_propose(request: Any) -> HttpResponse:
    form = ProposalForm(
        posted(request), people=people_of(PLATFORM).exclude(id=request.user.pk).order_by("email")
    )
    return verb_page(
        request,
        form=form,
        title="Propose a governance officer",
        submit="Propose",
        back=BASE,
        run=lambda form: officers.propose_officer(
            person_id=form.cleaned_data["somebody"].id, reason=why(form)
        ),
        done="Proposed. A governance officer confirms or declines it.",
    )


@needs(OFFICERS)
def officer_confirm(request: Any, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, "Confirm", officers.confirm_officer)


@needs(OFFICERS)
def officer_decline(request: Any, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, "Decline", officers.decline_officer)


@needs(WRITE)
def officer_withdraw(request: Any, proposal_id: UUID) -> HttpResponse:
    return _decide(request, proposal_id, "Withdraw", officers.withdraw_officer)


def _decide(
    request: Any, proposal_id: UUID, verb: str, operation: Callable[..., Any]
) -> HttpResponse:
    proposal = get_object_or_404(OfficerProposal.objects.select_related("person"), id=proposal_id)
    return verb_page(
        request,
        title=f"{verb}: {proposal}",
        submit=verb,
        back=BASE,
        run=lambda form: operation(proposal_id, reason=why(form)),
        done=f"{proposal}: done.",
        warning=f"Proposed because: {proposal.reason}",
    )


@needs(WRITE)
def first_admin_invite(request: Any, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant.objects.exclude(tenant_id=PLATFORM), tenant_id=tenant_id)
    back = f"/platform/tenants/{tenant.tenant_id}/"
    return verb_page(
        request,
        form=InvitationForm(posted(request), roles=[Role.TENANT_ADMIN]),
        title=f"Invite the first admin of {tenant}",
        submit="Invite",
        back=back,
        run=lambda form: invite(
            tenant_id=tenant_id, link=letter_link(request), **form.cleaned_data
        ),
        done="The letter is on its way.",
    )


@needs(VISITS)
def visit_start(request: Any, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant.objects.exclude(tenant_id=PLATFORM), tenant_id=tenant_id)
    return verb_page(
        request,
        form=VisitForm(posted(request)),
        title=f"Enter {tenant}",
        submit="Enter",
        back=f"/platform/tenants/{tenant.tenant_id}/",
        to=f"/t/{tenant.tenant_id}/",
        run=lambda form: start_visit(tenant_id=tenant_id, **form.cleaned_data),
        done="",
        warning="You enter as a viewer. The tenant sees that you came, when, and why.",
    )


@needs(VISITS)
def visit_leave(request: Any, own_visit_id: UUID) -> HttpResponse:
    visit = get_object_or_404(
        Visit.objects.select_related("tenant"), id=own_visit_id, person_id=request.user.pk
    )
    return verb_page(
        request,
        form=LeaveForm(posted(request), initial={"leave": "yes"}),
        title=f"Leave {visit.tenant}",
        submit="Leave",
        back=f"/platform/tenants/{visit.tenant_id}/",
        run=lambda form: leave_visit(own_visit_id),
        done=f"You have left {visit.tenant}.",
    )
