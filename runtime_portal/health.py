"""`/healthz` (the process lives) and `/readyz` (database, migrations, queue).

Neither names a schema, a tenant or an error: who may reach them is not known.
"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from apps.core.access import needs
from apps.tenants.partitions import pending_public


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _queue() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('procrastinate_jobs', 'INSERT')")
        return bool(cursor.fetchone()[0])


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": lambda: not pending_public(),
    "queue": _queue,
}


@needs("public")
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@needs("public")
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    failed = [name for name, check in CHECKS.items() if not _passes(check)]
    if failed:
        return JsonResponse({"status": "not ready", "failed": failed}, status=503)
    return JsonResponse({"status": "ready"})


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # any failure is the answer, and its text is nobody's business
        return False
