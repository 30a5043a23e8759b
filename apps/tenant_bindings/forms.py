from typing import Any

from django import forms

from apps.core.forms import ReasonForm
from apps.environments.models import EnvironmentStatus, RuntimeEnvironment, Stage
from apps.tenant_bindings.models import QUOTA, RuntimeTenantBinding
from apps.tenants.models import Tenant, TenantStatus


class EnvironmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Names repeat between owners and projects, so a choice says all three."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.project_id} · {obj.stage} · {obj.tenant_id}"


class Limits(forms.Form):
    """The three limits of a quota."""

    compute_replicas = forms.IntegerField(
        required=False, min_value=0, help_text="Empty is unlimited, 0 is none."
    )
    storage_gib = forms.IntegerField(required=False, min_value=0, label="Storage in GiB")
    throughput_rps = forms.IntegerField(required=False, min_value=0, label="Requests per second")

    def quota(self) -> dict[str, int]:
        """In the API's names, absent where the field was left empty."""
        found = {
            name: self.cleaned_data[column.removeprefix("quota_")] for name, column in QUOTA.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class BindingForm(Limits):
    """Binds a tenant to an environment. Placement is derived, so there is nothing to type."""

    tenant = forms.ModelChoiceField(queryset=Tenant.objects.none())
    environment = EnvironmentChoice(queryset=RuntimeEnvironment.objects.none())
    field_order = ("tenant", "environment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.exclude(tenant_id="platform").filter(  # type: ignore[attr-defined]
            status=TenantStatus.ACTIVE
        )
        self.fields["environment"].queryset = RuntimeEnvironment.objects.filter(  # type: ignore[attr-defined]
            status=EnvironmentStatus.PROVISIONED
        )


class QuotaForm(Limits, ReasonForm):
    """All three limits of a binding that is there, and why they change."""

    def __init__(self, data: Any, *, binding: RuntimeTenantBinding) -> None:
        limits = {
            column.removeprefix("quota_"): getattr(binding, column) for column in QUOTA.values()
        }
        confirm = binding.tenant_id if binding.stage == Stage.PROD else ""
        super().__init__(data, initial=limits, confirm=confirm)
        self.order_fields([*limits, "reason", "confirm"])
