from django import forms


class RenameForm(forms.Form):
    """What people call a tenant; its slug never changes."""

    name = forms.CharField(max_length=120)


class TenantForm(forms.Form):
    """Onboards a tenant."""

    tenant_id = forms.SlugField(
        label="Slug",
        max_length=40,
        help_text="Lower-case letters, digits and hyphens. It never changes and is never reused.",
    )
    name = forms.CharField(max_length=120, help_text="What people call this tenant.")


class VaultForm(forms.Form):
    """Registers a vault for a tenant."""

    name = forms.CharField(
        max_length=79,
        help_text="As references spell it: kv://<vault>/<name>. It is this tenant's for good.",
    )
