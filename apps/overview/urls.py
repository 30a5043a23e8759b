from django.urls import path

from apps.overview import views

app_name = "overview"
urlpatterns = [
    path("grid/", views.grid, name="grid"),
    path("waiting/", views.waiting_panel, name="waiting_panel"),
    path("changes/", views.changes_panel, name="changes_panel"),
    path(
        "environments/<uuid:environment_id>/services/<uuid:service_id>/last-deployments/",
        views.last_deployments,
        name="last_deployments",
    ),
]
