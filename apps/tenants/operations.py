"""Making tenants. As platform admin in the console, as owner at the shell."""

import re

from django.db import IntegrityError

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.slugs import check_slug
from apps.tenants.models import DataPartition, Tenant, Vault

# What a reference kv://<vault>/<name> can hold: see apps.configurations.secrets.
VAULT = re.compile(r"[a-z0-9][a-z0-9-]{0,78}", re.ASCII)


def onboard_tenant(*, slug: str, name: str) -> Tenant:
    """Makes a tenant with a vault of its own name.

    Raises Invalid for a slug or name that may not be, Refused for a slug that was ever used.
    """
    door.require("runtime.tenants.write")
    check_slug(slug)
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid.field("name", "Say what people call this tenant, in 1 to 120 characters.")
    try:
        with door.atomic():
            tenant = Tenant.objects.create(tenant_id=slug, name=name.strip())
            Vault.objects.create(name=slug, tenant=tenant)
            audit.record(
                "tenant.onboarded",
                object_type="tenant",
                object_id=slug,
                after={"tenantId": slug, "name": tenant.name},
                tenant_id=slug,
            )
    except IntegrityError as error:
        raise Refused(f"The slug '{slug}' is taken: it is never used again.") from error
    return tenant


def rename_tenant(slug: str, *, name: str) -> Tenant:
    """Changes what people call a tenant; the slug never changes. Raises Invalid, NotFound."""
    door.require("runtime.tenants.write")
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid.field("name", "Say what people call this tenant, in 1 to 120 characters.")
    with door.atomic():
        tenant = Tenant.objects.select_for_update().filter(tenant_id=slug).first()
        if tenant is None or slug == PLATFORM:
            raise NotFound(f"There is no tenant '{slug}'.")
        before, tenant.name = tenant.name, name.strip()
        if tenant.name != before:
            tenant.save(update_fields=["name"])
            audit.record(
                "tenant.renamed",
                object_type="tenant",
                object_id=slug,
                before={"name": before},
                after={"name": tenant.name},
                tenant_id=slug,
            )
    return tenant


def register_vault(*, tenant_id: str, name: str) -> Vault:
    """A further vault whose references that tenant may write; a vault is one tenant's for good.

    Raises Invalid for a name that no reference can hold, NotFound, and Refused for a taken one.
    """
    door.require("runtime.tenants.write")
    if not VAULT.fullmatch(name):
        raise Invalid.field(
            "name", "must be 1 to 79 lower-case letters, digits and hyphens, no hyphen first."
        )
    tenant = Tenant.objects.filter(tenant_id=tenant_id).exclude(tenant_id=PLATFORM).first()
    if tenant is None:
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    try:
        with door.atomic():
            vault = Vault.objects.create(name=name, tenant=tenant)
            audit.record(
                "vault.registered",
                object_type="tenant",
                object_id=tenant_id,
                after={"vault": name},
                tenant_id=tenant_id,
            )
    except IntegrityError as error:
        raise Refused(f"The vault '{name}' is registered already.") from error
    return vault


def register_partition(*, tenant_id: str, schema: str) -> DataPartition:
    """The row of a partition, without its schema: the worker makes that as owner."""
    partition, _ = DataPartition.objects.get_or_create(
        schema_name=schema,
        defaults={"tenant_id": "platform" if schema == "shared" else tenant_id},
    )
    return partition
