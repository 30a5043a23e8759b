"""People, their memberships, and API clients: the control plane."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from apps.core.access import PLATFORM, PLATFORM_ROLES, Role
from apps.core.ids import uuid7
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
    created_at = models.DateTimeField(db_default=Now(), editable=False)

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

    class Meta:
        verbose_name = "API client"
        ordering = ["tenant", "name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
