"""People, memberships and API clients, as far as installation and the shell make them."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from apps.core import audit, door
from apps.core.access import PLATFORM, TOKEN_SCOPES, Role
from apps.core.errors import Invalid, NotFound, Refused
from apps.people.models import ApiClient, Membership, Person
from apps.tenants.models import Tenant


def create_person(*, email: str, name: str, password: str) -> Person:
    """Makes somebody who can sign in and may do nothing yet. As owner.

    Invalid names each field that is wrong; Refused where the address is somebody's already.
    """
    door.require("runtime.people.write")
    person = Person(email=email.strip().lower(), name=name.strip())
    fields = {} if len(person.name) <= 120 else {"name": ["must be at most 120 characters"]}
    try:
        _check_email(person.email)
    except ValidationError as error:
        fields["email"] = error.messages
    try:
        validate_password(password, person)
    except ValidationError as error:
        fields["password"] = error.messages
    if fields:
        raise Invalid("The person cannot be made so.", fields=fields)
    person.set_password(password)
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


def _check_email(email: str) -> None:
    Person._meta.get_field("email").run_validators(email)
    validate_email(email)


def grant_role(*, person: Person, tenant_id: str, role: Role) -> Membership:
    """Gives one role in one tenant; Refused where the person has it or may not have it."""
    door.require("runtime.people.write")
    # Asked first: the key to the tenant is checked at the commit, too late to be answered.
    _check_tenant(tenant_id)
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


def create_api_client(
    *, tenant_id: str, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[ApiClient, str]:
    """A client and its token, `rp_` and 256 random bits; only the SHA-256 is kept.

    Raises Invalid for a scope that no token may carry, NotFound for an unknown tenant.
    """
    door.require("runtime.clients.write")
    unknown = sorted(set(scopes) - TOKEN_SCOPES)
    if unknown or not scopes:
        raise Invalid.field(
            "scopes",
            f"{', '.join(unknown) or 'none given'}: choose from {', '.join(sorted(TOKEN_SCOPES))}.",
        )
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid.field("name", "must be 1 to 120 characters.")
    if tenant_id == PLATFORM:
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    _check_tenant(tenant_id)
    token = f"rp_{secrets.token_urlsafe(32)}"
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
    return client, token


def _check_tenant(tenant_id: str) -> None:
    if not Tenant.objects.filter(tenant_id=tenant_id).exists():
        raise NotFound(f"There is no tenant '{tenant_id}'.")
