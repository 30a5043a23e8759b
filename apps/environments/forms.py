from typing import Any

from django import forms

from apps.environments.models import IsolationModel, Stage
from apps.tenants.models import Tenant


class EnvironmentForm(forms.Form):
    """Makes and provisions an environment."""

    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.none(),
        label="Owner",
        help_text="Platform, where several tenants use it. Owning gives no right to rows.",
    )
    project_id = forms.CharField(max_length=80, label="Project")
    name = forms.CharField(max_length=80)
    stage = forms.ChoiceField(choices=Stage.choices)
    region = forms.CharField(max_length=40, help_text="As the cloud spells it: westeurope.")
    isolation_model = forms.ChoiceField(
        choices=IsolationModel.choices,
        help_text="It never changes once the environment is provisioned.",
    )
    pulumi_stack_ref = forms.CharField(max_length=200, required=False, label="Pulumi stack")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.all()  # type: ignore[attr-defined]
