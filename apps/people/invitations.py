"""Inviting an address with a role: offered by an admin, taken once, by whoever has the letter.

Promises: the token is in the letter alone, and here as its SHA-256; the inviter is answered alike
whether the address is somebody's or nobody's; who comes with a token that is used, old, revoked
or invented is told one thing.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor, Role
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.memberships import run
from apps.people.models import Invitation, InvitationStatus, Membership, Person
from apps.people.operations import check_email, check_person, check_role
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.models import Tenant

LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Offer:
    """What the letter's page may say to whoever holds the token."""

    tenant: str
    name: str
    role: str
    email: str
    is_known: bool


def invite(*, tenant_id: str, email: str, role: str, link: Callable[[str], str]) -> Invitation:
    """Pending for seven days, and a letter with `link(token)`; nothing is kept where it fails.

    Raises Invalid, NotFound for a tenant that is not, Refused for a role that is not theirs to
    give, for who has it there, and for an address that is invited already.
    """
    entered = door.require("runtime.people.write")
    email = email.strip().lower()
    try:
        check_email(email)
    except ValidationError as error:
        raise Invalid("The address cannot be invited.", fields={"email": error.messages}) from error
    tenant = Tenant.objects.filter(tenant_id=tenant_id).exclude(status="Closed").first()
    if tenant is None:
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    if role not in {*Role} - {Role.GOVERNANCE_OFFICER}:
        raise Invalid.field("role", "is not one that an address is invited to.")
    if not _is_first_admin(tenant_id, role):
        check_role(tenant_id, role)
    if email == entered.actor.label and entered.actor.kind == "person":
        raise Refused("Nobody invites themself: ask another admin.")
    if Membership.objects.filter(
        tenant_id=tenant_id, person__email=email, role=role, ended_at=None
    ).exists():
        raise Refused(f"{email} is {role} here already.")
    token = secrets.token_urlsafe(32)
    try:
        with door.atomic():
            _expire(Invitation.objects.filter(tenant_id=tenant_id, email=email, role=role))
            invitation = Invitation.objects.create(
                tenant=tenant,
                email=email,
                role=role,
                token_hash=_hash(token),
                invited_by=entered.actor.id if entered.actor.kind == "person" else None,
                expires_at=TransactionNow() + LASTS,
            )
            audit.record(
                "invitation.sent",
                object_type="invitation",
                object_id=invitation.id,
                after={"role": role},
                tenant_id=tenant_id,
            )
            _send(invitation, tenant, link(token))
    except IntegrityError as error:
        raise Refused(f"{email} is invited as {role} already: revoke that first.") from error
    return invitation


def _is_first_admin(tenant_id: str, role: str) -> bool:
    """Whether a platform admin offers a tenant without an admin its first one."""
    entered = door.entered()
    return (
        entered.tenant_id is None
        and tenant_id != PLATFORM
        and role == Role.TENANT_ADMIN
        and not run("SELECT app.has_admin(%s)", [tenant_id])
    )


def _send(invitation: Invitation, tenant: Tenant, link: str) -> None:
    """The letter says the same to everybody. Refused where it cannot be sent."""
    context = {"tenant": tenant, "role": invitation.role, "link": link, "days": LASTS.days}
    letter = EmailMessage(
        subject=f"Invitation to {' '.join(tenant.name.split())}",
        body=render_to_string("people/invitation_letter.txt", context),
        to=[invitation.email],
    )
    try:
        letter.send()
    except OSError as error:  # SMTPException is one
        raise Refused("The letter could not be sent, so nobody was invited.") from error


def revoke_invitation(invitation_id: UUID, *, reason: str = "") -> Invitation:
    """Pending → Revoked: its link leads nowhere. Raises NotFound, Refused."""
    entered = door.require("runtime.people.write")
    with door.atomic():
        rows = Invitation.objects.select_for_update(of=("self",))
        if entered.tenant_id is not None:
            rows = rows.filter(tenant_id=entered.tenant_id)
        invitation = rows.filter(id=invitation_id).first()
        if invitation is None:
            raise NotFound("There is no such invitation here.")
        invitation.move("revoke")
        invitation.save(update_fields=["status"])
        _audit(invitation, "invitation.revoked", reason)
    return invitation


def expire_invitations() -> int:
    """Pending → Expired, all that are due: upkeep, as owner. How many there were."""
    door.require("runtime.people.write")
    with door.atomic():
        return _expire(Invitation.objects.all())


def _expire(rows: "QuerySet[Invitation]") -> int:
    due = rows.filter(status=InvitationStatus.PENDING, expires_at__lte=Now())
    found = list(due.select_for_update(of=("self",)))
    for invitation in found:
        invitation.move("expire")
        invitation.save(update_fields=["status"])
        _audit(invitation, "invitation.expired")
    return len(found)


def offer(token: str) -> Offer | None:
    """What a token that can be used now offers; None for every other."""
    found = run("SELECT app.invitation(%s)", [_hash(token)])
    if found is None:
        return None
    return Offer(
        found["tenant"], found["name"], found["role"], found["email"], bool(found["isKnown"])
    )


def accept_as_new(*, token: str, name: str, password: str, came: Actor) -> Offer:
    """Pending → Accepted by somebody new, who may sign in with that password from now on.

    The token is the right. `came` says from where. Raises Invalid, NotFound for a token that
    cannot be used, Refused where the address has become somebody's meanwhile.
    """
    found = offer(token)
    if found is None:
        raise NotFound
    if not name.strip():
        raise Invalid.field("name", "says what people call you.")
    person = check_person(email=found.email, name=name, password=password)
    try:
        _accept(token, person, came, is_new=True)
    except IntegrityError as error:
        raise Refused("Somebody signs in with that address already: sign in first.") from error
    return found


def accept_as(person: Person, *, token: str, came: Actor) -> Offer:
    """Pending → Accepted by who is signed in, and was invited: NotFound for anybody else.

    Refused where they may not have the role (nobody is platform admin and officer at once).
    """
    found = offer(token)
    if found is None or found.email != person.email:
        raise NotFound
    try:
        _accept(token, person, came, is_new=False)
    except IntegrityError as error:
        raise Refused("You hold a role that excludes this one.") from error
    return found


def _accept(token: str, person: Person, came: Actor, *, is_new: bool) -> None:
    membership = uuid7()
    password = person.password if is_new else None
    with door.atomic():
        done = run(
            "SELECT app.accept_invitation(%s, %s, %s, %s, %s)",
            [_hash(token), person.id, membership, person.name, password],
        )
        # Now they have a right there, and what happened is told in its chain.
        with _as_member(done["tenant"], person, came):
            about: dict[str, Any] = {"tenant_id": done["tenant"]}
            after = {"personId": str(person.id), "role": done["role"]}
            audit.record(
                "invitation.accepted",
                object_type="invitation",
                object_id=done["invitationId"],
                after=after,
                **about,
            )
            if done["granted"]:
                audit.record(
                    "membership.granted",
                    object_type="membership",
                    object_id=membership,
                    after=after,
                    **about,
                )


def _as_member(tenant_id: str, person: Person, came: Actor) -> Any:
    actor = Actor("person", person.id, person.email, came.address, came.request_id)
    if tenant_id == PLATFORM:
        return enter_platform(actor=actor)
    return enter_tenant(tenant_id, actor=actor, partition="public", writing=True)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _audit(invitation: Invitation, action: str, reason: str = "") -> None:
    audit.record(
        action,
        object_type="invitation",
        object_id=invitation.id,
        before={"role": invitation.role},
        reason=reason,
        tenant_id=invitation.tenant_id,
    )
