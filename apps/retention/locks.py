"""The tenant's retention lock: exclusive for who tightens, shared for each batch of a purge.

The database takes it by itself (a trigger of holds and windows, the decision of a DELETE); here it
is taken first, with a timeout and a sentence.
"""

from django.db import connections
from django.db.utils import DatabaseError

from apps.core import door
from apps.core.errors import Refused


def lock_retention(tenant_id: str, *, timeout_ms: int = 10_000) -> None:
    """Waits until no batch of that tenant is at work (`platform`: of any); Refused after that.

    When it has been taken, what is written in this transaction binds every later batch.
    """
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {int(timeout_ms)}")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(app.retention_lock(%s))", [tenant_id])
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == "55P03":
                raise Refused("A purge is at work there: try again in a moment.") from error
            raise
        cursor.execute("SET LOCAL lock_timeout = 0")
