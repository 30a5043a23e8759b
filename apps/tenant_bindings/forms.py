from typing import Any

from django import forms

from apps.environments.models import EnvironmentStatus, RuntimeEnvironment
from apps.tenant_bindings.models import QUOTA
from apps.tenants.models import Tenant, TenantStatus


class EnvironmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Names repeat between owners and projects, so a choice says all three."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.project_id} · {obj.stage} · {obj.tenant_id}"


class BindingForm(forms.Form):
    """Binds a tenant to an environment. Placement is derived, so there is nothing to type."""

    tenant = forms.ModelChoiceField(queryset=Tenant.objects.none())
    environment = EnvironmentChoice(queryset=RuntimeEnvironment.objects.none())
    compute_replicas = forms.IntegerField(
        required=False, min_value=0, help_text="Empty is unlimited, 0 is none."
    )
    storage_gib = forms.IntegerField(required=False, min_value=0, label="Storage in GiB")
    throughput_rps = forms.IntegerField(required=False, min_value=0, label="Requests per second")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.exclude(tenant_id="platform").filter(  # type: ignore[attr-defined]
            status=TenantStatus.ACTIVE
        )
        self.fields["environment"].queryset = RuntimeEnvironment.objects.filter(  # type: ignore[attr-defined]
            status=EnvironmentStatus.PROVISIONED
        )

    def quota(self) -> dict[str, int]:
        """In the API's names, absent where the field was left empty."""
        found = {
            name: self.cleaned_data[column.removeprefix("quota_")] for name, column in QUOTA.items()
        }
        return {name: value for name, value in found.items() if value is not None}
