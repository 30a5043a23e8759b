"""The jobs of the schedule (when each ran, how it ended, when it runs next), and the alerts."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse

from apps.core.access import needs
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import keyset_page, page, posted
from apps.upkeep.alerts import open_alerts
from apps.upkeep.models import Alert, Backlog, JobRecord, next_run
from apps.upkeep.operations import run_job


@needs("runtime.jobs.read")
def job_list(request: Any) -> HttpResponse:
    records = {record.name: record for record in JobRecord.objects.all()}
    rows = [
        {"name": name, "cadence": cron, "record": records.get(name), "next": next_run(name)}
        for name, cron in sorted(settings.CADENCES.items())
    ]
    return page(request, "upkeep/job_list.html", {"rows": rows, "alerts": open_alerts()})


@needs("runtime.jobs.read")
def alert_list(request: Any) -> HttpResponse:
    """What was due and did not go, newest first; and what waits to go."""
    context = {
        "page": keyset_page(request, [Alert.objects.all()], order=("-id",)),
        "backlog": Backlog.objects.filter(due__gt=0).order_by("oldest_due_at")[:50],
        "partials": ("results",),
    }
    return page(request, "upkeep/alert_list.html", context)


@needs("runtime.jobs.write")
def job_run(request: Any, job: str) -> HttpResponse:
    if job not in settings.CADENCES:
        raise Http404
    form = ReasonForm(posted(request))
    return form_page(
        request,
        form,
        "upkeep/job_run.html",
        {"title": f"Run {job} now", "submit": "Run now", "job": job},
        run=lambda: run_job(job, reason=form.cleaned_data["reason"]),
        to="/platform/jobs/",
        done=f"{job}: the worker does it next.",
    )
