from django.apps import AppConfig


class ScalingPoliciesConfig(AppConfig):
    name = "apps.scaling_policies"
    verbose_name = "Scaling"
    label = "scaling_policies"
