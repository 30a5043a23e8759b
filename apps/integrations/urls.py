from django.urls import path

from apps.integrations import views

app_name = "integrations"
HERE = "environments/<uuid:environment_id>/manifests/"
urlpatterns = [
    path(HERE, views.manifest_detail, name="manifest_detail"),
    path(f"{HERE}export/", views.manifest_export, name="manifest_export"),
]
