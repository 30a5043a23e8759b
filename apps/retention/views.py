"""What a tenant has, how long it is kept, and what keeps it longer."""

from typing import Any

from django.http import HttpResponse

from apps.core.access import needs
from apps.core.htmx import page
from apps.retention.models import RetentionEntry
from apps.retention.queries import overview


@needs("runtime.retention.read")
def retention_overview(request: Any, tenant: str) -> HttpResponse:
    context = {
        "classes": overview(request.door),
        "entries": RetentionEntry.objects.filter(tenant_id=tenant, dry_run=False)[:20],
    }
    return page(request, "retention/retention_overview.html", context)
