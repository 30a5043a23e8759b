"""The form of a payload. What was typed stays as it was typed, whatever is wrong with it."""

from typing import Any

from django import forms

from apps.configurations import texts
from apps.configurations.canonical import MAX_BYTES
from apps.core.errors import Invalid
from apps.core.forms import ConfirmedForm, uploaded

HELP = (
    "Neither comments nor the order of keys are kept. Secrets are references only: "
    '{"secretRef": "kv://<vault>/<name>"}.'
)


class PayloadForm(ConfirmedForm):
    """`made_from` is the checksum of what the editor began with."""

    format = forms.ChoiceField(choices=texts.FORMATS, label="Written as")
    text = forms.CharField(
        label="Payload",
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "mono", "spellcheck": "false"}),
        help_text=HELP,
    )
    file = forms.FileField(
        required=False, label="or a file", help_text="Chosen, it stands for the text above."
    )
    made_from = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "format" in cleaned and "text" in cleaned:
            try:
                file = uploaded(cleaned.get("file"), "text", MAX_BYTES)
                cleaned["text"] = file or cleaned["text"]
                cleaned["payload"] = texts.read(cleaned["text"], cleaned["format"])
            except Invalid as error:
                for problem in error.fields["text"]:
                    self.add_error("text", problem)
        return cleaned
