from django.apps import AppConfig


class FreezesConfig(AppConfig):
    name = "apps.freezes"
    label = "freezes"
