"""Forms of every app: why a verb is done, what must be typed for production, one page a form."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.errors import Invalid
from apps.core.htmx import attempt, fragment, page

FIELD = "field-"  # the DOM id of a field's box, in components/_field.html


class ConfirmedForm(forms.Form):
    """`confirm` is what must be typed: where something of production changes, or ends for good."""

    def __init__(self, *args: Any, confirm: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = confirm
        if confirm:
            self.fields["confirm"] = forms.CharField(
                label=f"Type {confirm} to confirm",
                widget=forms.TextInput(attrs={"autocomplete": "off", "data-confirm": confirm}),
            )

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed != self.expected:
            raise forms.ValidationError(f"This is not {self.expected}.")
        return typed


class ReasonForm(ConfirmedForm):
    """Why a verb is done."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


def confirmation(door: Any) -> str:
    """What must be typed to change something of the environment entered: its name, for prod."""
    binding = door.binding or {}
    return str(binding.get("name", "")) if binding.get("stage") == "prod" else ""


def uploaded(file: Any, field: str, most: int) -> str:
    """The text of a file that was uploaded, "" where none was; Invalid beside `field`."""
    if not file:
        return ""
    if file.size > most:
        raise Invalid.field(field, f"The file is over {most // 1024} KiB.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid.field(field, "The file is not UTF-8.") from error


def retype(form: forms.Form, name: str, value: Any) -> None:
    """Shows another value in a field than the one that was posted."""
    data: Any = form.data
    form.data = data.copy()
    form.data[name] = value  # type: ignore[index]


def form_page(
    request: HttpRequest,
    form: forms.Form,
    template: str,
    context: Mapping[str, Any],
    *,
    run: Callable[[], Any],
    to: str | Callable[[Any], str],
    done: str | Callable[[Any], str] = "",
) -> HttpResponse:
    """The page of one form: shown on GET; on POST `run` is the operation, called when it is valid.

    What the operation refuses stands beside the fields that it names (422); otherwise the browser
    goes to `to`, with the message `done`; both may be functions of the result. When htmx asks for
    one field (as one leaves it), the answer is that field, validated, and nothing is run. The
    template finds `form`; fields are validated so where it includes _form.html with inline=True.
    """
    wanted = request.headers.get("HX-Target", "").removeprefix(FIELD)
    if request.method == "POST" and FIELD + wanted == request.headers.get("HX-Target"):
        form.is_valid()
        fields = {field.html_name: field for field in form}
        if wanted in fields:
            return fragment(
                request, "components/_field.html", {"field": fields[wanted], "inline": True}
            )
    elif request.method == "POST" and form.is_valid():
        found = attempt(form, lambda: (run(),))
        if found is not None:
            if message := done(found[0]) if callable(done) else done:
                messages.success(request, message)
            return redirect(to(found[0]) if callable(to) else to)
    status = 422 if request.method == "POST" else 200
    return page(request, template, {"form": form, **context}, status=status)
