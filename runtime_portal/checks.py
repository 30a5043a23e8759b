"""System checks: a process that is configured against its own promises does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections


@register(Tags.security)
def roles_are_three(app_configs: Any, **kwargs: Any) -> list[Error]:
    """The runtime login is neither the owner's nor the steward's."""
    names = list(settings.DATABASE_ROLES.values())
    if len(set(names)) != 3:
        return [Error("runtime, owner and steward must be three logins.", id="portal.E001")]
    return []


@register(Tags.database)
def runtime_is_walled(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[Error]:
    """Runtime is neither superuser, BYPASSRLS, nor a member of the owner."""
    if "default" not in (databases or []):
        return []
    if problem := runtime_problem():
        return [Error(problem, id="portal.E002")]
    return []


def runtime_problem() -> str:
    """What is wrong with the login that serves pages; empty where it is walled."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, "
            "EXISTS (SELECT FROM pg_roles o WHERE o.rolname = %s "
            "        AND pg_has_role(r.oid, o.oid, 'MEMBER')) "
            "FROM pg_roles r WHERE rolname = current_user",
            [settings.DATABASE_ROLES["owner"]],
        )
        superuser, bypasses, makes_roles, is_owner = cursor.fetchone()
    if superuser or bypasses or makes_roles:
        return "DATABASE_URL's login must not be superuser, BYPASSRLS or CREATEROLE."
    if is_owner:
        return "DATABASE_URL's login must not be a member of the owner."
    return ""
