from collections.abc import Sequence
from typing import Any

from django import forms

from apps.core.access import Role
from apps.freezes.models import Scope, Weekday
from apps.freezes.operations import Window

MOMENT = "%Y-%m-%dT%H:%M"
OVERRIDE = [
    ("", "Nobody"),
    (Role.TENANT_OPERATOR.value, "Tenant operators and admins"),
    (Role.TENANT_ADMIN.value, "Tenant admins"),
    (Role.PLATFORM_ADMIN.value, "Platform admins"),
]


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(required=False, label=f"{label} (UTC)", widget=widget)


def _time(label: str, help_text: str = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(required=False, label=label, widget=widget, help_text=help_text)


class FreezeForm(forms.Form):
    """Either from and until, or weekdays with times of the clock in a time zone."""

    reason = forms.CharField(
        max_length=2000, help_text="Whoever is refused reads it.", widget=forms.TextInput()
    )
    override_role = forms.ChoiceField(
        choices=OVERRIDE, required=False, label="Who may override, with a reason"
    )
    starts_at = _moment("Once, from")
    ends_at = _moment("Once, until")
    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices,
        coerce=int,
        required=False,
        label="Or weekly, on",
        widget=forms.CheckboxSelectMultiple(),
    )
    from_time = _time("Weekly, from")
    until_time = _time("Weekly, until", "Not later than from: until the day after.")
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        help_text="The clock that counts, such as Europe/Berlin. Summer time is its own.",
    )

    def fields_of(self) -> dict[str, Any]:
        """What create_freeze takes of a rule for all tenants."""
        given = self.cleaned_data
        names = ("starts_at", "ends_at", "from_time", "until_time", "time_zone")
        window = Window(weekdays=given["weekdays"] or None, **{n: given[n] for n in names})
        return {
            "scope": Scope.ALL.value,
            "window": window,
            "reason": given["reason"],
            "override_role": given["override_role"],
        }


class TenantFreezeForm(FreezeForm):
    """Of the whole tenant, one project or one environment."""

    scope = forms.ChoiceField(
        choices=[choice for choice in Scope.choices if choice[0] != Scope.ALL], label="What"
    )
    project_id = forms.ChoiceField(required=False, label="Project")
    environment_id = forms.TypedChoiceField(required=False, label="Environment", empty_value=None)
    field_order = ("scope", "project_id", "environment_id")

    def __init__(self, *args: Any, bindings: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects = sorted({binding.environment_project for binding in bindings})
        self.fields["project_id"].choices = [  # type: ignore[attr-defined]
            ("", "-"), *((name, name) for name in projects),
        ]  # fmt: skip
        self.fields["environment_id"].choices = [  # type: ignore[attr-defined]
            ("", "-"),
            *((str(b.environment_id), f"{b.environment_name} · {b.stage}") for b in bindings),
        ]

    def fields_of(self) -> dict[str, Any]:
        own = {name: self.cleaned_data[name] for name in ("scope", "project_id", "environment_id")}
        return {**super().fields_of(), **own}
