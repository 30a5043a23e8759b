from django.urls import path

from apps.retention import views, views_runs

app_name = "retention"
urlpatterns = [
    path("retention/", views.retention_overview, name="retention_overview"),
    path("retention/runs/", views_runs.run_list, name="run_list"),
    path("retention/runs/<uuid:run_id>/", views_runs.run_detail, name="run_detail"),
    path(
        "retention/certificates/<uuid:certificate_id>/",
        views_runs.certificate_detail,
        name="certificate_detail",
    ),
    path(
        "retention/certificates/<uuid:certificate_id>/export/",
        views_runs.certificate_export,
        name="certificate_export",
    ),
    path(
        "retention/certificates/<uuid:certificate_id>/rows/<uuid:row_id>/",
        views_runs.certificate_proof,
        name="certificate_proof",
    ),
]
