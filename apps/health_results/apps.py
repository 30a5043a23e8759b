from django.apps import AppConfig


class HealthResultsConfig(AppConfig):
    name = "apps.health_results"
    label = "health_results"
