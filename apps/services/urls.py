from django.urls import path

from apps.services import views, views_files, views_forms, views_many

app_name = "services"
HERE = "environments/<uuid:environment_id>/services/"
ONE = f"{HERE}<uuid:service_id>/"
urlpatterns = [
    path("services/", views.service_list, name="service_list"),
    path("services/selected/", views_many.service_selected, name="service_selected"),
    path(f"{HERE}new/", views_forms.service_create, name="service_create"),
    path(f"{HERE}export/", views_files.service_export, name="service_export"),
    path(f"{HERE}import/", views_files.service_import, name="service_import"),
    path(ONE, views.service_detail, name="service_detail"),
    path(f"{ONE}edit/", views_forms.service_edit, name="service_edit"),
    path(f"{ONE}run/", views_forms.service_run, name="service_run"),
    path(f"{ONE}degrade/", views_forms.service_degrade, name="service_degrade"),
    path(f"{ONE}stop/", views_forms.service_stop, name="service_stop"),
    path(f"{ONE}start/", views_forms.service_start, name="service_start"),
    path(f"{ONE}retire/", views_forms.service_retire, name="service_retire"),
]
