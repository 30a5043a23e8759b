"""Tenant slugs: immutable, never used again, some reserved."""

import re

from apps.core.errors import Invalid

SLUG = r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$"
RESERVED = frozenset({"platform", "public", "shared"})


def check_slug(slug: str) -> str:
    """The slug, or Invalid with what would be right."""
    if slug in RESERVED:
        raise Invalid.field("tenantId", f"'{slug}' is reserved.")
    if not re.fullmatch(SLUG[1:-1], slug):
        raise Invalid.field(
            "tenantId",
            "3 to 40 lower-case letters, digits and hyphens, beginning with a letter and not "
            "ending with a hyphen.",
        )
    return slug
