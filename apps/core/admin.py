"""What every ModelAdmin of the portal has in common, and the audit trail's."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponse
from django.template.response import TemplateResponse

from apps.core.errors import PortalError
from apps.core.forms import ConfirmedForm, ReasonForm
from apps.core.models import AuditEntry


class PortalAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Reads through the door; adds and changes nothing but by operations.

    `read` is the scope that shows it, `write` the one that its verbs need. Nothing is written to
    django_admin_log: operations write the audit trail.
    """

    read: str
    write: str = ""
    actions_selection_counter = True
    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: Any) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.door.may(self.read))

    def has_write_permission(self, request: Any) -> bool:
        return bool(self.write) and bool(request.door.may(self.write))

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        """What a column of the list says, the row's page says too, though no form edits it."""
        declared = list(super().get_readonly_fields(request, obj))
        columns = [name for name in self.list_display if name != "__str__"]
        return [*declared, *(name for name in columns if name not in declared)]

    def get_object(self, request: Any, object_id: str, from_field: Any = None) -> Any:
        """The row, or None: also for a key that no column can hold."""
        return None if "\x00" in object_id else super().get_object(request, object_id, from_field)

    def log_addition(self, *args: Any) -> Any:
        """Nothing: the operation has written its audit entry."""

    def log_change(self, *args: Any) -> Any:
        """Nothing: the operation has written its audit entry."""

    def log_deletions(self, *args: Any) -> Any:
        """Nothing is deleted here."""

    def history_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        from django.http import Http404

        raise Http404("The history of a thing is its audit trail.")

    def ask(
        self,
        request: Any,
        queryset: Any,
        verb: str,
        operation: Callable[[Any, str], Any],
        done: str,
        *,
        reason: bool = True,
        final: bool = False,
    ) -> HttpResponse | None:
        """A verb of the selected rows: asks first, names how many, then runs it on each.

        `operation(row, reason)`. Where a row is of production, that must be typed; what is `final`
        is confirmed by typing the verb, whatever the stage. If the selection
        is not what was confirmed any more, nothing is done and the page says so.
        """
        rows = list(queryset)
        confirm = "prod" if self.is_prod(request, rows) else ""
        if final:
            confirm = verb.lower()
        form_class = ReasonForm if reason else ConfirmedForm
        form = form_class(request.POST if "confirmed" in request.POST else None, confirm=confirm)
        if form.is_bound and form.is_valid():
            if request.POST["confirmed"] == str(len(rows)):
                why = form.cleaned_data.get("reason", "")
                self.each(request, rows, lambda row: operation(row, why), done)
            else:
                said = f"The selection is now {len(rows)} and was not when you chose it."
                self.message_user(request, f"{said} Nothing was done.", messages.ERROR)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"{verb}: {len(rows)} selected",
            "verb": verb,
            "form": form,
            "rows": rows[:10],
            "more": max(len(rows) - 10, 0),
            "count": len(rows),
            "kept": [
                (name, value)
                for name in ("action", "select_across", "index", ACTION_CHECKBOX_NAME)
                for value in request.POST.getlist(name)
            ],
        }
        return TemplateResponse(request, "admin/portal_verb.html", context)

    def is_prod(self, request: Any, rows: Sequence[Any]) -> bool:
        """Whether any of them is of a production environment."""
        return any(getattr(row, "stage", "") == "prod" for row in rows)

    def entering(self, request: Any, row: Any) -> AbstractContextManager[Any]:
        """The door behind which a verb of this row runs; where the page stands unless told."""
        return nullcontext()

    def each(self, request: Any, rows: Iterable[Any], operation: Any, done: str) -> None:
        """Runs a verb on each row; says how many were done and why the others were not."""
        count = 0
        for row in rows:
            try:
                with self.entering(request, row):
                    operation(row)
                count += 1
            except PortalError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
        if count:
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)


class AuditEntryAdmin(PortalAdmin):
    """The chain of a partition; on the platform's site those of the control plane."""

    read = "runtime.audit.read"
    list_display = ("shown_at", "action", "actor_label", "object_type", "object_id", "number")
    list_filter = ("actor_kind", "object_type")
    search_fields = ("object_id__exact", "action__prefix")
    ordering = ("-shown_at", "-id")
    fields = (
        "tenant_id", "chain", "number", "hash", "previous_hash", "at", "claimed_at", "action",
        "actor_kind", "actor_id", "actor_label", "address", "request_id", "object_type",
        "object_id", "environment_id", "before", "after", "reason",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: Any) -> Any:
        entries = super().get_queryset(request)
        tenant = request.door.tenant_id
        return entries.filter(tenant_id=tenant) if tenant else entries


def register(site: admin.AdminSite) -> None:
    site.register(AuditEntry, AuditEntryAdmin)
