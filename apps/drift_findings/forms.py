from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from apps.core.forms import ConfirmedForm
from apps.drift_findings.models import IgnoreRule, Kind
from apps.integrations.kubernetes.records import Source

MOST_BYTES = 8 * 1024 * 1024
_DAYS = 30


class ObservedForm(forms.Form):
    """What was seen: pasted, uploaded, or both."""

    manifests = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text="Manifests, or what this prints: kubectl get "
        "deploy,sts,ds,job,cronjob,svc,ing,hpa,cm,secret -o json. No secret is kept.",
    )
    file = forms.FileField(
        required=False,
        widget=forms.FileInput,
        help_text=f"At most {MOST_BYTES // 1024 // 1024} MiB.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(f"is larger than {MOST_BYTES // 1024 // 1024} MiB.")
        return file

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not (found.get("manifests", "").strip() or found.get("file")):
            raise forms.ValidationError("Paste what was seen, or choose a file.")
        return found

    def sources(self) -> list[Source]:
        text, file = self.cleaned_data["manifests"], self.cleaned_data["file"]
        found = [Source("pasted", text.encode())] if text.strip() else []
        return found + ([Source(file.name, file.read())] if file else [])


class IgnoreRuleForm(ConfirmedForm):
    """A rule, shown with how many findings it would hide.

    `would_hide` counts them for a rule that is not made yet. Saving says which count was shown:
    where another number would be hidden now, it stops and asks.
    """

    kind = forms.ChoiceField(required=False, choices=[("", "Any kind"), *Kind.choices])
    module_id = forms.CharField(required=False, max_length=253, label="Module")
    path_prefix = forms.CharField(
        required=False,
        max_length=1000,
        label="Path begins with",
        help_text="As findings show it: /services/web/env/",
    )
    everywhere = forms.BooleanField(
        required=False, label="In all of the tenant's environments of this partition"
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    owner = forms.CharField(
        required=False, max_length=254, help_text="Who answers for it. You, unless told."
    )
    expires_on = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The end of that day, UTC. At most 366 days ahead.",
    )
    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, would_hide: Callable[[IgnoreRule], int], **kwargs: Any) -> None:
        first = {"expires_on": (timezone.now() + timedelta(days=_DAYS)).date()}
        kwargs["initial"] = first | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.count = would_hide(self._rule(self.data if self.is_bound else self.initial))
        if not self.is_bound:
            self.initial["shown"] = self.count
        else:
            self.told = self.data.get("shown", "")
            self.data = {**self.data.dict(), "shown": str(self.count)}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and self.told != str(self.count):
            raise forms.ValidationError(
                f"It would hide {self.count} now. Save again if that is what you mean."
            )
        return found

    def values(self) -> dict[str, Any]:
        """The words of `create_ignore_rule`."""
        words = ("kind", "module_id", "path_prefix", "everywhere", "reason", "owner")
        end = self.cleaned_data["expires_on"] + timedelta(days=1)
        midnight = datetime.combine(end, time(), tzinfo=UTC)
        return {
            **{name: self.cleaned_data[name] for name in words},
            "expires_at": midnight - timedelta(seconds=1),
        }

    @staticmethod
    def _rule(words: Any) -> IgnoreRule:
        names = ("kind", "module_id", "path_prefix")
        told = {name: str(words.get(name) or "").replace("\x00", "").strip() for name in names}
        return IgnoreRule(**told, everywhere=bool(words.get("everywhere")))
