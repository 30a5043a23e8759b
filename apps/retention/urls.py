from django.urls import path

from apps.retention import views, views_runs, views_why

app_name = "retention"
urlpatterns = [
    path("retention/", views.retention_overview, name="retention_overview"),
    path("retention/forecast/", views.retention_forecast, name="retention_forecast"),
    path("retention/why/", views_why.retention_why, name="retention_why"),
    path("retention/exceptions/", views.exception_list, name="exception_list"),
    path("retention/exceptions/request/", views.exception_request, name="exception_request"),
    path(
        "retention/exceptions/<uuid:exception_id>/", views.exception_detail, name="exception_detail"
    ),
    path(
        "retention/exceptions/<uuid:exception_id>/withdraw/",
        views.exception_withdraw,
        name="exception_withdraw",
    ),
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
