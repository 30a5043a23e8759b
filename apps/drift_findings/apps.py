from django.apps import AppConfig


class DriftFindingsConfig(AppConfig):
    name = "apps.drift_findings"
    label = "drift_findings"
