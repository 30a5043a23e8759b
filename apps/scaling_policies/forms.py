"""Forms of scaling policies: one, and many with each field left as it is unless told."""

from dataclasses import replace
from typing import Any

from django import forms

from apps.core.forms import ConfirmedForm
from apps.scaling_policies.models import Metric
from apps.scaling_policies.operations import Bounds


def _reason(*, required: bool) -> forms.CharField:
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, required=required
    )


_METRICS = [(metric, metric) for metric in Metric.values]  # as lists and files call them


class PolicyForm(ConfirmedForm):
    metric = forms.ChoiceField(choices=_METRICS)
    min_replicas = forms.IntegerField(min_value=0, label="At least")
    max_replicas = forms.IntegerField(min_value=0, label="At most")
    target_utilization_percent = forms.IntegerField(
        min_value=1, max_value=100, label="Target utilization in percent"
    )
    reason = _reason(required=False)

    def bounds(self) -> Bounds:
        return Bounds(**{name: self.cleaned_data[name] for name in vars(Bounds.fixed(0))})


class ManyPoliciesForm(forms.Form):
    """What to set in all of the ticked; empty leaves each as it is."""

    metric = forms.ChoiceField(required=False, choices=[("", "leave unchanged"), *_METRICS])
    min_replicas = forms.IntegerField(required=False, min_value=0, label="At least")
    max_replicas = forms.IntegerField(required=False, min_value=0, label="At most")
    target_utilization_percent = forms.IntegerField(
        required=False, min_value=1, max_value=100, label="Target utilization in percent"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["placeholder"] = "leave unchanged"

    def after(self, bounds: Bounds) -> Bounds:
        told = {k: v for k, v in self.cleaned_data.items() if v not in (None, "")}
        return replace(bounds, **told)

    @property
    def is_told(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values())


class ApplyForm(ConfirmedForm):
    """`chosen` is how many were previewed: another number asks again."""

    chosen = forms.IntegerField(widget=forms.HiddenInput)
    reason = _reason(required=True)
