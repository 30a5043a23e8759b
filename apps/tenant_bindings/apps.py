from django.apps import AppConfig


class TenantBindingsConfig(AppConfig):
    name = "apps.tenant_bindings"
    label = "tenant_bindings"
