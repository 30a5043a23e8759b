"""What pages of governance share: the trail of a page, and the form of one verb."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from apps.core.forms import form_page

READ, WRITE = "runtime.governance.read", "runtime.governance.write"
HOLDS, EXCEPTIONS, WINDOWS = (
    f"/platform/{name}/" for name in ("holds", "exceptions", "windows")
)  # fmt: skip


def crumbs(request: Any, *trail: tuple[str, str]) -> list[dict[str, str]]:
    """From where one stands down; the last is the page itself."""
    tenant = request.door.tenant_id
    start = (request.door.tenant_name, f"/t/{tenant}/") if tenant else ("Platform", "/platform/")
    *above, (here, _) = (start, *trail)
    return [*({"label": label, "url": url} for label, url in above), {"label": here, "url": ""}]


def verb_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    template: str,
    title: str,
    submit: str,
    back: str,
    above: tuple[str, str],
    run: Callable[[], Any],
    done: str,
    context: Mapping[str, Any],
) -> HttpResponse:
    """The page of one verb; `context`: warning, danger, preview."""
    around = {"title": title, "submit": submit, "cancel_url": back}
    around["breadcrumbs"] = crumbs(request, above, (title, ""))  # type: ignore[assignment]
    return form_page(request, form, template, {**around, **context}, run=run, to=back, done=done)
