from typing import Any

from django import forms

from apps.core.forms import ConfirmedForm, ReasonForm
from apps.deployments.models import Gate, Strategy

GATES = [
    (Gate.HEALTH.value, "Health results: it waits until every service it touched is Healthy"),
    (Gate.EXTERNAL.value, "External: its health is judged elsewhere"),
]


class Overriding(forms.Form):
    """`frozen`, `held`: whether anything stands against the start; else its field is not there."""

    override_freeze = forms.CharField(
        required=False,
        max_length=2000,
        label="Why in spite of the freeze",
        help_text="Only who the rule names may override it. The reason stays with the deployment.",
    )
    override_hold = forms.CharField(
        required=False,
        max_length=2000,
        label="Why the undone release goes back",
        help_text="Only where it is the release that a rollback undid.",
    )

    def __init__(self, *args: Any, frozen: bool = False, held: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not frozen:
            del self.fields["override_freeze"]
        if not held:
            del self.fields["override_hold"]

    def overrides(self) -> dict[str, Any]:
        """As the operations take them."""
        names = ("override_freeze", "override_hold")
        return {name: self.cleaned_data.get(name, "") for name in names}


class RequestForm(Overriding, ReasonForm):
    release_ref = forms.CharField(max_length=200, label="Release")
    strategy = forms.ChoiceField(choices=Strategy.choices, initial=Strategy.ROLLING)
    gate = forms.ChoiceField(choices=GATES, initial=Gate.HEALTH)
    field_order = ("release_ref", "strategy", "gate", "reason")

    def fields_of(self) -> dict[str, Any]:
        """What request_deployment takes."""
        given = {name: self.cleaned_data[name] for name in self.field_order}
        return {**given, **self.overrides()}


class RollBackForm(Overriding, ReasonForm):
    """`returns_to` is what was chosen on the page: nothing beforehand."""

    returns_to = forms.UUIDField(widget=forms.HiddenInput())
    gate = forms.ChoiceField(choices=GATES, initial=Gate.HEALTH)


class SeenForm(ConfirmedForm):
    """Carries the state that the page showed, so that a second click moves nothing further."""

    seen = forms.CharField(widget=forms.HiddenInput())
