"""Forms of people, invitations, officers, visits and API clients."""

import zoneinfo
from collections.abc import Iterable
from typing import Any

from django import forms

from apps.core.forms import ReasonForm
from apps.people.models import Person
from apps.people.visits import LONGEST


class RoleForm(forms.Form):
    """One role out of those that may be given here."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role, role) for role in roles]
        if len(choices) > 1:  # where there is one alone, it is chosen
            choices.insert(0, ("", "Choose a role"))
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    """An address and a role. What it says is the same whether the portal knows the address."""

    email = forms.EmailField(
        label="Address", help_text="They get a letter with a link that works once, for 7 days."
    )
    field_order = ("email", "role")


class ApiClientForm(forms.Form):
    """A client with some of the scopes that whoever makes it has."""

    name = forms.CharField(max_length=120, help_text="What will use the token.")
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="Only what it needs, and only what you have."
    )
    expires_at = forms.DateTimeField(
        label="Ends at",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="In your time zone. Empty: it does not end by itself.",
    )

    def __init__(self, *args: Any, scopes: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(s, s) for s in scopes]  # type: ignore[attr-defined]


class VisitForm(ReasonForm):
    """Why a tenant is entered, and for how long."""

    minutes = forms.IntegerField(min_value=1, max_value=LONGEST, initial=LONGEST)


class LeaveForm(forms.Form):
    """Says that it was the button: an empty form ends nothing."""

    leave = forms.ChoiceField(choices=[("yes", "Leave")], initial="yes", widget=forms.HiddenInput)


class ProposalForm(ReasonForm):
    """Who becomes a governance officer if another officer confirms it."""

    somebody = forms.ModelChoiceField(queryset=Person.objects.none(), label="Person")
    field_order = ("somebody", "reason")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["somebody"].queryset = people  # type: ignore[attr-defined]


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(label="Time zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class NewPersonForm(forms.Form):
    """What somebody new says of themself; the address is the invitation's."""

    name = forms.CharField(max_length=120, label="Your name")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters.",
    )
    repeated = forms.CharField(
        label="The same password again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("password", repeated):
            raise forms.ValidationError("This is not the same password.")
        return repeated


class AcceptForm(forms.Form):
    """Says that it was the button: an empty form accepts nothing."""

    accept = forms.ChoiceField(choices=[("yes", "Accept")], initial="yes", widget=forms.HiddenInput)
