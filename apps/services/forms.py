"""Forms of services: what one is, and what is done to many."""

from typing import Any

from django import forms

from apps.core.forms import ConfirmedForm, ReasonForm
from apps.services.models import ComponentType, ComputeTarget


class ChangeForm(ConfirmedForm):
    """What a service is, but for its name, which never changes. Fields are those of ServiceSpec."""

    component_type = forms.ChoiceField(choices=ComponentType.choices, label="Type")
    image = forms.CharField(max_length=400, help_text="As the registry knows it, with its tag.")
    version = forms.CharField(max_length=160)
    compute_target = forms.ChoiceField(choices=ComputeTarget.choices)
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


class ManyForm(ReasonForm):
    """A verb of many. `chosen` is how many were asked about: another number asks again."""

    chosen = forms.IntegerField(widget=forms.HiddenInput)
