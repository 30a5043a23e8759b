from django.apps import AppConfig


class ConfigurationsConfig(AppConfig):
    name = "apps.configurations"
    label = "configurations"
