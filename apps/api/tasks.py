"""The jobs of this app."""

from django.conf import settings
from procrastinate.contrib.django import app

from apps.api.idempotency import forget_answers
from apps.core import door
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER
from apps.upkeep.recording import WORKER, recorded


@app.periodic(cron=settings.CADENCES["forget_answers"])
@app.task(name="forget_answers", queue="upkeep", queueing_lock="forget_answers")
@recorded("forget_answers")
def forget_kept_answers(timestamp: int) -> str:
    """Upkeep: answers kept for whoever sends a request again, after a day."""
    with door.using(OWNER), enter_platform(actor=WORKER):
        return f"{forget_answers()} forgotten"
