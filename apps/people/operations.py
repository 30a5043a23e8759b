"""People, their roles and API clients: every write that the one who acts has the right to.

Others stand beside it: `invitations`, `officers`, `visits`, `erasing`.
"""

import hashlib
import re
import secrets
import zoneinfo
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.access import PLATFORM, TENANT_ROLES, TOKEN_SCOPES, Role
from apps.core.errors import Invalid, NotFound, Refused
from apps.people.memberships import (
    check_installing,
    find_membership,
    keep_officers,
    lock,
    locked_peers,
    run,
)
from apps.people.models import ApiClient, Invitation, InvitationStatus, Membership, Person, Visit
from apps.tenants.models import Tenant

_LIST_NAME = re.compile(r"[a-z_]{1,40}:[a-z_]{1,40}")
MOST_LISTS, MOST_COLUMNS = 60, 40
GIVEN_BY_ADMINS = (Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN)


def create_person(*, email: str, name: str, password: str) -> Person:
    """Makes somebody who can sign in and may do nothing yet. As owner.

    Invalid names each field that is wrong; Refused where the address is somebody's already.
    """
    door.require("runtime.people.write")
    person = check_person(email=email, name=name, password=password)
    try:
        with door.atomic():
            person.save(force_insert=True)
            audit.record(
                "person.created",
                object_type="person",
                object_id=person.id,
                after={"name": person.name},
                tenant_id=PLATFORM,
            )
    except IntegrityError as error:
        raise Refused("Somebody signs in with that address already.") from error
    return person


def check_person(*, email: str, name: str, password: str) -> Person:
    """A person who is not saved, with the password hashed; Invalid names each wrong field."""
    person = Person(email=email.strip().lower(), name=name.strip())
    fields = {} if len(person.name) <= 120 else {"name": ["must be at most 120 characters"]}
    try:
        check_email(person.email)
    except ValidationError as error:
        fields["email"] = error.messages
    try:
        validate_password(password, person)
    except ValidationError as error:
        fields["password"] = error.messages
    if fields:
        raise Invalid("The person cannot be made so.", fields=fields)
    person.set_password(password)
    return person


def check_email(email: str) -> None:
    """Raises Django's ValidationError."""
    Person._meta.get_field("email").run_validators(email)
    validate_email(email)


def set_time_zone(*, person_id: UUID, name: str) -> None:
    """The zone in which a person is shown times. Their own taste: no right, no audit entry."""
    if name not in zoneinfo.available_timezones():
        raise Invalid.field("timeZone", "is not a time zone, such as Europe/Stockholm.")
    Person.objects.filter(id=person_id).update(time_zone=name)


def hide_columns(*, person_id: UUID, list_name: str, hidden: Sequence[str]) -> None:
    """Which columns of a list a person does without. Their own taste: no right, no audit entry."""
    if not _LIST_NAME.fullmatch(list_name):
        raise Invalid.field("listName", "is no list of the console.")
    if len(hidden) > MOST_COLUMNS or any(len(name) > 40 or "\x00" in name for name in hidden):
        raise Invalid.field("columns", f"must be at most {MOST_COLUMNS}, of 40 characters each.")
    with door.atomic():
        person = Person.objects.select_for_update().get(id=person_id)
        person.hidden_columns[list_name] = sorted(set(hidden))
        if len(person.hidden_columns) > MOST_LISTS:
            raise Refused("You have chosen columns of more lists than there are.")
        person.save(update_fields=["hidden_columns"])


def check_role(tenant_id: str, role: str) -> None:
    """Refused where who acts may not give that role there, whoever receives it.

    A tenant's admins give that tenant's roles, platform admins the platform's but an officer's.
    """
    entered = door.require("runtime.people.write")
    if entered.actor.is_system:
        check_installing(role)
        return
    if entered.tenant_id is not None:
        if tenant_id != entered.tenant_id or role not in TENANT_ROLES:
            raise Refused(f"An admin of {entered.tenant_id} gives roles of {entered.tenant_id}.")
    elif role == Role.GOVERNANCE_OFFICER:
        raise Refused("A governance officer is proposed, and confirmed by another officer.")
    elif tenant_id != PLATFORM or role not in GIVEN_BY_ADMINS:
        raise Refused("A tenant's roles are given by its own admins.")


def grant_role(*, person: Person, tenant_id: str, role: Role) -> Membership:
    """Gives one more role where the person has one; at the shell, anywhere, but no third officer's.

    Raises NotFound for a tenant that is not or a person who is nobody there, Refused for oneself
    and where the person has that role or may not have it.
    """
    entered = door.require("runtime.people.write")
    check_role(tenant_id, role)
    # Asked first: the key to the tenant is checked at the commit, too late to be answered.
    _check_tenant(tenant_id)
    if not entered.actor.is_system:
        if person.pk == entered.actor.id:
            raise Refused("Nobody gives a role to themself: ask another admin.")
        if not Membership.objects.filter(
            tenant_id=tenant_id, person_id=person.pk, ended_at=None
        ).exists():
            raise NotFound("There is no such person here: invite them.")
    try:
        with door.atomic():
            membership = Membership.objects.create(person=person, tenant_id=tenant_id, role=role)
            audit.record(
                "membership.granted",
                object_type="membership",
                object_id=membership.id,
                after={"personId": str(person.id), "role": role},
                tenant_id=tenant_id,
            )
    except IntegrityError as error:
        raise Refused(f"{person.email} cannot be {role} in {tenant_id}.") from error
    return membership


def end_role(membership_id: UUID, *, reason: str = "") -> Membership:
    """Ends one role; with the last one, the person's sessions.

    Locks the admins of the place first. Raises NotFound for another place's membership, Refused
    where it has ended, is the last admin's, or is an officer's (see `officers.end_officer`).
    """
    entered = door.require("runtime.people.write")
    with door.atomic():
        found = find_membership(membership_id, entered.tenant_id or PLATFORM)
        if found.role == Role.GOVERNANCE_OFFICER and not entered.actor.is_system:
            raise Refused("An officer's role is ended by a governance officer.")
        lock(found)
        if found.role == Role.GOVERNANCE_OFFICER:
            keep_officers(found)
        if found.role in (Role.TENANT_ADMIN, Role.PLATFORM_ADMIN):
            _keep_an_admin(found)
        end(found, reason=reason)
        if found.role == Role.PLATFORM_ADMIN:
            _end_visits(found.person_id, reason)
        if found.role in (Role.TENANT_ADMIN, Role.PLATFORM_ADMIN):
            _revoke_invitations(found, reason)
    return found


def end(membership: Membership, *, reason: str) -> None:
    """The end of a role that its callers have locked and allowed. NotFound where it is not seen."""
    ended = Membership.objects.filter(id=membership.id, ended_at=None).update(ended_at=Now())
    if not ended:
        raise NotFound("There is no such role here.")
    membership.refresh_from_db(fields=["ended_at"])
    run("SELECT app.end_sessions(%s)", [membership.person_id])
    audit.record(
        "membership.ended",
        object_type="membership",
        object_id=membership.id,
        before={"personId": str(membership.person_id), "role": membership.role},
        reason=reason,
        tenant_id=membership.tenant_id,
    )


def _keep_an_admin(membership: Membership) -> None:
    others = [m for m in locked_peers(membership) if m.person_id != membership.person_id]
    if not others:
        raise Refused(f"This is the last {membership.role} here: make another one first.")


def _end_visits(person_id: UUID, reason: str) -> None:
    """Those of somebody who is no platform admin any more: each in the chain of its tenant."""
    live = Visit.objects.filter(person_id=person_id, ended_at=None, ends_at__gt=Now())
    for visit in list(live.select_for_update(of=("self",))):
        Visit.objects.filter(id=visit.id).update(ended_at=Now(), ended_by=door.entered().actor.id)
        audit.record(
            "visit.ended",
            object_type="visit",
            object_id=visit.id,
            reason=reason,
            tenant_id=visit.tenant_id,
        )


def _revoke_invitations(membership: Membership, reason: str) -> None:
    """What an admin has offered and nobody has taken goes with the role."""
    offered = Invitation.objects.filter(
        tenant_id=membership.tenant_id,
        invited_by=membership.person_id,
        status=InvitationStatus.PENDING,
    )
    for invitation in list(offered.select_for_update(of=("self",))):
        invitation.move("revoke")
        invitation.save(update_fields=["status"])
        audit.record(
            "invitation.revoked",
            object_type="invitation",
            object_id=invitation.id,
            reason=reason,
            tenant_id=invitation.tenant_id,
        )


def create_api_client(
    *, tenant_id: str, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[ApiClient, str]:
    """A client and its token, `rp_` and 256 random bits; only the SHA-256 is kept.

    Raises Invalid for a scope that no token or not who makes it may carry and for an end that is
    past, NotFound for an unknown tenant.
    """
    entered = door.require("runtime.clients.write")
    allowed = TOKEN_SCOPES if entered.actor.is_system else TOKEN_SCOPES & entered.rights.scopes
    unknown = sorted(set(scopes) - allowed)
    if unknown or not scopes:
        raise Invalid.field(
            "scopes",
            f"{', '.join(unknown) or 'none given'}: choose from {', '.join(sorted(allowed))}.",
        )
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid.field("name", "must be 1 to 120 characters.")
    if tenant_id == PLATFORM or entered.tenant_id not in (None, tenant_id):
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    _check_tenant(tenant_id)
    token = f"rp_{secrets.token_urlsafe(32)}"
    try:
        with door.atomic():
            client = ApiClient.objects.create(
                tenant_id=tenant_id,
                name=name.strip(),
                token_hash=hashlib.sha256(token.encode()).digest(),
                prefix=token[:10],
                scopes=sorted(set(scopes)),
                expires_at=expires_at,
            )
            audit.record(
                "api_client.created",
                object_type="api_client",
                object_id=client.id,
                after={"name": client.name, "scopes": client.scopes},
                tenant_id=tenant_id,
            )
    except IntegrityError as error:
        raise Invalid.field("expiresAt", "must be in the future.") from error
    return client, token


def revoke_api_client(client_id: UUID, *, reason: str = "") -> ApiClient:
    """From the next request on, its token is unknown. Raises NotFound, Refused where it was."""
    door.require("runtime.clients.write")
    with door.atomic():
        client = (
            ApiClient.objects.select_for_update(of=("self",))
            .filter(id=client_id, tenant_id=door.tenant())
            .first()
        )
        if client is None:
            raise NotFound("There is no such API client here.")
        if client.revoked_at is not None:
            raise Refused(f"{client.name} is revoked already.")
        ApiClient.objects.filter(id=client_id).update(revoked_at=Now())
        client.refresh_from_db(fields=["revoked_at"])
        audit.record(
            "api_client.revoked",
            object_type="api_client",
            object_id=client.id,
            before={"name": client.name},
            reason=reason,
            tenant_id=client.tenant_id,
        )
    return client


def _check_tenant(tenant_id: str) -> None:
    if not Tenant.objects.filter(tenant_id=tenant_id).exists():
        raise NotFound(f"There is no tenant '{tenant_id}'.")
