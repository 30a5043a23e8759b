from typing import Any

from django import forms

from apps.core.forms import ConfirmedForm
from apps.environments.models import IsolationModel, RuntimeEnvironment, Stage
from apps.environments.operations import EARLY, FIXED
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


class EditForm(ConfirmedForm):
    """What may still change; of production, that is confirmed by typing the name it has now."""

    name = forms.CharField(max_length=80)
    pulumi_stack_ref = forms.CharField(max_length=200, required=False, label="Pulumi stack")
    stage = forms.ChoiceField(choices=Stage.choices)
    region = forms.CharField(max_length=40, help_text="As the cloud spells it: westeurope.")
    isolation_model = forms.ChoiceField(choices=IsolationModel.choices)

    def __init__(self, data: Any, *, environment: RuntimeEnvironment) -> None:
        confirm = environment.name if environment.stage == Stage.PROD else ""
        names = ("name", "pulumi_stack_ref", *sorted(FIXED))
        super().__init__(
            data, confirm=confirm, initial={name: getattr(environment, name) for name in names}
        )
        if environment.status not in EARLY:
            for name in FIXED:
                del self.fields[name]

    def changes(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "confirm"}
