from django.apps import AppConfig


class TenantBindingsConfig(AppConfig):
    name = "apps.tenant_bindings"
    verbose_name = "Bindings"
    label = "tenant_bindings"
