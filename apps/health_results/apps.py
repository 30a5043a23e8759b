from django.apps import AppConfig


class HealthResultsConfig(AppConfig):
    name = "apps.health_results"
    verbose_name = "Health"
    label = "health_results"
