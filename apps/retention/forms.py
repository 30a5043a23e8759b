from collections.abc import Sequence
from typing import Any

from django import forms

from apps.core.forms import ConfirmedForm
from apps.core.walls.classes import CLASSES
from apps.retention.first_rows import MAX_DAYS
from apps.retention.foretold import Preview, of_window

_CLASSES = [(name, name) for name in CLASSES]
_MOMENT = "%Y-%m-%dT%H:%M"


def _why() -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


def _whose(help_text: str) -> forms.SlugField:
    return forms.SlugField(label="Tenant", max_length=40, required=False, help_text=help_text)


class HoldForm(forms.Form):
    tenant_id = forms.SlugField(label="Tenant", max_length=40)
    data_classes = forms.MultipleChoiceField(
        choices=_CLASSES,
        widget=forms.CheckboxSelectMultiple(),
        help_text="With what it takes to read them.",
    )
    environment_id = forms.UUIDField(
        label="Environment", required=False, help_text="Its id; every environment without one."
    )
    matter = forms.CharField(max_length=200)
    reason = _why()


class ExceptionForm(forms.Form):
    """Asked by a tenant for itself."""

    data_class = forms.ChoiceField(choices=_CLASSES)
    environment_id = forms.TypedChoiceField(required=False, label="Environment", empty_value=None)
    legal_basis = forms.CharField(max_length=200, help_text="The law or contract.")
    reason = _why()
    lapses_at = forms.DateTimeField(
        label="Lapses at (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )

    def __init__(self, *args: Any, bindings: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["environment_id"].choices = [  # type: ignore[attr-defined]
            ("", "Every environment"),
            *((str(b.environment_id), f"{b.environment_name} · {b.stage}") for b in bindings),
        ]


class WindowForm(forms.Form):
    """A longer one, at once."""

    tenant_id = _whose("All tenants where it is empty.")
    data_class = forms.ChoiceField(choices=_CLASSES)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS)
    reason = _why()


class ReturnForm(WindowForm):
    """The way back: how many rows become due is typed, so that it has been seen."""

    becomes_due = forms.CharField(
        required=False,
        label="How many rows become due",
        help_text="As the preview says, which is shown when this is sent.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    preview: Preview | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        whose = given["tenant_id"] or "platform"
        self.preview = of_window(whose, given["data_class"], given["days"])
        if given["becomes_due"].strip() != self.preview.total:
            self.add_error("becomes_due", f"Type {self.preview.total}: so many rows become due.")
        return given


class SignForm(ConfirmedForm):
    """What a second officer signs, by typing whom it is about."""
