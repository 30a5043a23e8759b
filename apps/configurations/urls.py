from django.urls import path

from apps.configurations import views, views_forms

app_name = "configurations"
HERE = "environments/<uuid:environment_id>/configurations/"
ONE = f"{HERE}<uuid:configuration_id>/"
urlpatterns = [
    path("configurations/", views.configuration_list, name="configuration_list"),
    path(f"{HERE}new/", views_forms.configuration_draft, name="configuration_draft"),
    path(ONE, views.configuration_detail, name="configuration_detail"),
    path(f"{ONE}diff/", views.configuration_diff, name="configuration_diff"),
    path(f"{ONE}export/", views.configuration_export, name="configuration_export"),
    path(f"{ONE}edit/", views_forms.configuration_edit, name="configuration_edit"),
    path(f"{ONE}publish/", views_forms.configuration_publish, name="configuration_publish"),
    path(f"{ONE}discard/", views_forms.configuration_discard, name="configuration_discard"),
]
