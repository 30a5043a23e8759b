"""Forms of services: what one is, and what is done to many."""

from typing import Any

from django import forms

from apps.core.errors import Invalid
from apps.core.forms import ConfirmedForm, ReasonForm, uploaded
from apps.services.imports import read_rows
from apps.services.models import ComponentType, ComputeTarget

MOST_BYTES = 1024 * 1024


class ChangeForm(ConfirmedForm):
    """What a service is, but for its name, which never changes. Fields are those of ServiceSpec."""

    component_type = forms.ChoiceField(choices=ComponentType.choices, label="Type")
    image = forms.CharField(max_length=400, help_text="As the registry knows it, with its tag.")
    version = forms.CharField(max_length=160)
    compute_target = forms.ChoiceField(choices=[(one, one) for one in ComputeTarget.values])
    replicas = forms.IntegerField(min_value=0, max_value=99_999)
    endpoint_url = forms.CharField(max_length=400, required=False, label="Endpoint")
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )

    def wanted(self) -> dict[str, Any]:
        """The service's own fields, as they were typed."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("reason", "confirm")}


class ServiceForm(ChangeForm):
    module_id = forms.CharField(
        max_length=120, label="Name", help_text="Its moduleId: one live service of that name here."
    )
    field_order = ("module_id",)


class ImportForm(ConfirmedForm):
    """Rows of services, pasted or from a file: read as they stand in `rows`."""

    format = forms.ChoiceField(choices=[("csv", "CSV"), ("json", "JSON"), ("yaml", "YAML")])
    text = forms.CharField(
        label="Rows",
        strip=False,
        required=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
    )
    file = forms.FileField(required=False, label="or a file of at most 1 MiB")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            text = uploaded(cleaned.get("file"), "text", MOST_BYTES) or cleaned.get("text", "")
            if not text.strip():
                raise Invalid.field("text", "Paste rows or choose a file.")
            cleaned["text"] = text
            if "format" in cleaned:
                cleaned["rows"] = read_rows(text, cleaned["format"])
        except Invalid as error:
            self.add_error("text", error.fields["text"][0])
        return cleaned


class ManyForm(ReasonForm):
    """A verb of many. `chosen` is how many were asked about: another number asks again."""

    chosen = forms.IntegerField(widget=forms.HiddenInput)
