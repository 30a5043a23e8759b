from django.apps import AppConfig


class DriftFindingsConfig(AppConfig):
    name = "apps.drift_findings"
    verbose_name = "Drift"
    label = "drift_findings"
