from django.apps import AppConfig


class ScalingPoliciesConfig(AppConfig):
    name = "apps.scaling_policies"
    label = "scaling_policies"
