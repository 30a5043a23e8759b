"""People, their memberships, and API clients: the control plane."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.core.access import PLATFORM, PLATFORM_ROLES, TENANT_ROLES, Role
from apps.core.ids import uuid7
from apps.core.states import Stateful, Transitions, transition
from apps.tenants.models import Tenant


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do stands in their memberships alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    # {list: [columns]} that this person hides, by the heads of the columns.
    hidden_columns = models.JSONField(default=dict, db_default={}, editable=False)
    # A session is of one epoch: raised, it ends every session that the person has.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name_plural = "people"
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="person_email_lower"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to be this person's: of the password and the epoch."""
        return salted_hmac(
            "apps.people.models.Person.session",
            f"{self.password}/{self.session_epoch}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    # Django admin asks these; both sites answer from the door instead (see their has_permission).
    @property
    def is_staff(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Membership(models.Model):
    """One role of one person in one tenant; platform roles are held in `platform`.

    Ended, never deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["tenant", "role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "person", "role"],
                condition=Q(ended_at=None),
                name="membership_once",
            ),
            # Nobody is platform admin and governance officer at once.
            models.UniqueConstraint(
                fields=["tenant", "person"],
                condition=Q(ended_at=None, role__in=[Role.PLATFORM_ADMIN, Role.GOVERNANCE_OFFICER]),
                name="membership_admin_or_officer",
            ),
            models.CheckConstraint(
                name="membership_role_place",
                condition=Q(tenant=PLATFORM, role__in=PLATFORM_ROLES)
                | (~Q(tenant=PLATFORM) & Q(role__in=[r for r in Role if r not in PLATFORM_ROLES])),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.tenant_id}"


class WithoutToken(models.Manager[Any]):
    """The hash of a token goes in and is never read back: the web's login may not."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().defer("token_hash")


class ApiClient(models.Model):
    """A token of a tenant. The token is shown once and kept as its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=120)
    token_hash = models.BinaryField(max_length=32, unique=True)
    prefix = models.CharField(max_length=16)
    scopes = ArrayField(models.CharField(max_length=64))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    # To the minute, by the database alone (app.client_seen).
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = WithoutToken()

    class Meta:
        verbose_name = "API client"
        ordering = ["tenant", "name", "id"]
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gte=F("created_at")),
                name="api_client_expires_later",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="api_client_newest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "Revoked"
        return "Expired" if self.expires_at and self.expires_at <= timezone.now() else "Active"


class InvitationStatus(models.TextChoices):
    PENDING = "Pending"
    ACCEPTED = "Accepted"
    REVOKED = "Revoked"
    EXPIRED = "Expired"


class Invitation(Stateful, models.Model):
    """A role offered to an address. Its token is in the letter alone; here is its SHA-256."""

    TRANSITIONS: Transitions = {
        "accept": transition("Accepted", "Pending"),
        "revoke": transition("Revoked", "Pending"),
        "expire": transition("Expired", "Pending"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    token_hash = models.BinaryField(max_length=32, unique=True)
    status = models.CharField(
        max_length=16, choices=InvitationStatus.choices, default=InvitationStatus.PENDING
    )
    # Who invited, of whom nothing need be left; empty: the shell.
    invited_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = WithoutToken()

    class Meta:
        ordering = ["tenant", "-id"]
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email", "role"],
                condition=Q(status="Pending"),
                name="invitation_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=InvitationStatus.values), name="invitation_status"
            ),
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="invitation_lower"),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + timedelta(days=7)),
                name="invitation_expires",
            ),
            models.CheckConstraint(
                condition=Q(status="Pending", decided_at=None)
                | (~Q(status="Pending") & Q(decided_at__isnull=False)),
                name="invitation_decided",
            ),
            # An officer is proposed and confirmed, never invited.
            models.CheckConstraint(
                condition=Q(tenant=PLATFORM, role__in=[Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN])
                | (~Q(tenant=PLATFORM) & Q(role__in=TENANT_ROLES)),
                name="invitation_role_place",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="invitation_newest"),
            models.Index(fields=["status", "expires_at"], name="invitation_due"),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} in {self.tenant_id}"

    @property
    def state(self) -> str:
        """Its status, and Expired as soon as it is, whether or not the worker has come by."""
        is_over = self.status == InvitationStatus.PENDING and self.expires_at <= timezone.now()
        return InvitationStatus.EXPIRED if is_over else self.status


class ProposalStatus(models.TextChoices):
    PROPOSED = "Proposed"
    CONFIRMED = "Confirmed"
    DECLINED = "Declined"
    WITHDRAWN = "Withdrawn"


class OfficerProposal(Stateful, models.Model):
    """Somebody of the platform proposed as governance officer: an officer decides."""

    TRANSITIONS: Transitions = {
        "confirm": transition("Confirmed", "Proposed"),
        "decline": transition("Declined", "Proposed"),
        "withdraw": transition("Withdrawn", "Proposed"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="officer_proposals", default=PLATFORM
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="officer_proposals")
    status = models.CharField(
        max_length=16, choices=ProposalStatus.choices, default=ProposalStatus.PROPOSED
    )
    reason = models.CharField(max_length=2000)
    proposed_by = models.UUIDField(editable=False)
    decided_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "proposal"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "person"],
                condition=Q(status="Proposed"),
                name="officer_proposal_once",
            ),
            models.CheckConstraint(condition=Q(tenant=PLATFORM), name="officer_proposal_place"),
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values), name="officer_proposal_status"
            ),
            models.CheckConstraint(
                condition=Q(status="Proposed", decided_by=None, decided_at=None)
                | (~Q(status="Proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="officer_proposal_decided",
            ),
            # It takes two: who proposes does not confirm, and nobody confirms themself.
            models.CheckConstraint(
                condition=~Q(status__in=["Confirmed", "Declined"])
                | (~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("person"))),
                name="officer_proposal_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} as governance officer"


class Visit(models.Model):
    """A platform admin inside a tenant: for a reason, for 60 minutes at most, as a viewer.

    A tenant admin may raise it to an operator's rights, or end it. Whether it is live the
    database asks by its own clock (`app.visit`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="visits")
    person = models.ForeignKey(Person, models.PROTECT, related_name="visits")
    reason = models.CharField(max_length=2000)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField(editable=False)
    elevated_by = models.UUIDField(null=True, editable=False)
    elevated_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.UUIDField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ends_at__gt=F("started_at"),
                    ends_at__lte=F("started_at") + timedelta(minutes=60),
                ),
                name="visit_an_hour_at_most",
            ),
            models.CheckConstraint(
                condition=Q(elevated_by=None, elevated_at=None)
                | (
                    Q(elevated_by__isnull=False, elevated_at__isnull=False)
                    & ~Q(elevated_by=F("person"))
                ),
                name="visit_elevated_by_another",
            ),
            models.CheckConstraint(condition=~Q(tenant=PLATFORM), name="visit_of_a_tenant"),
            models.CheckConstraint(condition=~Q(reason=""), name="visit_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["tenant", "person", "-ends_at"], name="visit_live"),
            models.Index(fields=["tenant", "-id"], name="visit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.tenant_id}"

    @property
    def is_live(self) -> bool:
        """As a page shows it: the door asks the database."""
        return self.ended_at is None and self.ends_at > timezone.now()

    @property
    def role(self) -> str:
        return Role.TENANT_OPERATOR if self.elevated_at else Role.TENANT_VIEWER

    @property
    def state(self) -> str:
        return "Active" if self.is_live else "Ended"
