from django.urls import path

from apps.retention import views_platform as views

app_name = "platform_retention"
urlpatterns = [
    path("retention/", views.fleet_retention, name="fleet_retention"),
    path("retention/runs/", views.run_list, name="run_list"),
    path("retention/runs/<uuid:run_id>/", views.run_detail, name="run_detail"),
    path(
        "retention/certificates/<uuid:certificate_id>/",
        views.certificate_detail,
        name="certificate_detail",
    ),
    path(
        "retention/certificates/<uuid:certificate_id>/export/",
        views.certificate_export,
        name="certificate_export",
    ),
    path(
        "retention/certificates/<uuid:certificate_id>/rows/<uuid:row_id>/",
        views.certificate_proof,
        name="certificate_proof",
    ),
]
