"""Pages of a tenant's people. They enter the control plane alone: no binding's state matters."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import TENANT_ROLES, needs
from apps.core.forms import ReasonForm
from apps.core.htmx import page, posted
from apps.people.erasing import erase_person
from apps.people.forms import InvitationForm, RoleForm
from apps.people.invitations import invite, revoke_invitation
from apps.people.models import Invitation, Membership, Visit
from apps.people.operations import end_role, grant_role
from apps.people.views_common import SHOWN, list_context, somebody_of, verb_page, why
from apps.people.visits import elevate_visit, end_visit

READ, WRITE = "runtime.people.read", "runtime.people.write"


def _base(tenant: str) -> str:
    return f"/t/{tenant}/people/"


@needs(READ, control_plane=True)
def people_list(request: Any, tenant: str) -> HttpResponse:
    visits = Visit.objects.filter(tenant_id=tenant).select_related("person").order_by("-id")
    context = {**list_context(request, tenant, _base(tenant)), "visits": visits[:SHOWN]}
    return page(request, "people/people_list.html", context)


@needs(WRITE, control_plane=True)
def invitation_create(request: Any, tenant: str) -> HttpResponse:
    form = InvitationForm(posted(request), roles=TENANT_ROLES)
    return verb_page(
        request,
        form=form,
        title="Invite somebody",
        submit="Invite",
        back=_base(tenant),
        run=lambda form: invite(tenant_id=tenant, link=letter_link(request), **form.cleaned_data),
        done="The letter is on its way.",
    )


def letter_link(request: Any) -> Any:
    """The address of an invitation's page, whole."""
    return lambda token: request.build_absolute_uri(f"/accounts/invitation/{token}/")


@needs(WRITE, control_plane=True)
def invitation_revoke(request: Any, tenant: str, invitation_id: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, id=invitation_id, tenant_id=tenant)
    return verb_page(
        request,
        title=f"Revoke the invitation of {invitation.email}",
        submit="Revoke",
        back=_base(tenant),
        run=lambda form: revoke_invitation(invitation_id, reason=why(form)),
        done="The invitation is revoked: its link leads nowhere.",
    )


@needs(WRITE, control_plane=True)
def role_grant(request: Any, tenant: str, person_id: UUID) -> HttpResponse:
    somebody = somebody_of(tenant, person_id)
    return verb_page(
        request,
        form=RoleForm(posted(request), roles=TENANT_ROLES),
        title=f"Give {somebody} another role",
        submit="Give the role",
        back=_base(tenant),
        run=lambda form: grant_role(person=somebody, tenant_id=tenant, **form.cleaned_data),
        done=f"{somebody} has another role.",
    )


@needs(WRITE, control_plane=True)
def role_end(request: Any, tenant: str, membership_id: UUID) -> HttpResponse:
    membership = get_object_or_404(
        Membership.objects.select_related("person"), id=membership_id, tenant_id=tenant
    )
    return verb_page(
        request,
        title=f"End {membership.role} of {membership.person}",
        submit="End the role",
        back=_base(tenant),
        run=lambda form: end_role(membership_id, reason=why(form)),
        done=f"{membership.person} is no {membership.role} any more.",
        danger=True,
    )


@needs(WRITE, control_plane=True)
def person_erase(request: Any, tenant: str, person_id: UUID) -> HttpResponse:
    somebody = somebody_of(tenant, person_id)
    return verb_page(
        request,
        form=ReasonForm(posted(request), confirm=somebody.email),
        title=f"Erase {somebody}",
        submit="Erase",
        back=_base(tenant),
        run=lambda form: erase_person(person_id, reason=why(form)),
        done="Erased: an id is left.",
        danger=True,
        warning="Roles and sessions end, and name, address and password go. This is for good.",
    )


@needs(WRITE, control_plane=True)
def visit_elevate(request: Any, tenant: str, visit_id: UUID) -> HttpResponse:
    visit = get_object_or_404(Visit.objects.select_related("person"), id=visit_id, tenant_id=tenant)
    return verb_page(
        request,
        title=f"Let {visit.person} work as an operator",
        submit="Give an operator's rights",
        back=_base(tenant),
        run=lambda form: elevate_visit(visit_id, reason=why(form)),
        done=f"{visit.person} has an operator's rights until the visit ends.",
        warning="They may change services, deployments and configurations until the visit ends.",
    )


@needs(WRITE, control_plane=True)
def visit_end(request: Any, tenant: str, visit_id: UUID) -> HttpResponse:
    visit = get_object_or_404(Visit.objects.select_related("person"), id=visit_id, tenant_id=tenant)
    return verb_page(
        request,
        title=f"End the visit of {visit.person}",
        submit="End the visit",
        back=_base(tenant),
        run=lambda form: end_visit(visit_id, reason=why(form)),
        done="The visit is over.",
    )
