from django.urls import path

from apps.deployments import views

app_name = "deployments"
urlpatterns = [
    path("deployments/", views.deployment_list, name="deployment_list"),
    path(
        "environments/<uuid:environment_id>/deployments/<uuid:deployment_id>/",
        views.deployment_detail,
        name="deployment_detail",
    ),
    path(
        "environments/<uuid:environment_id>/deployments/<uuid:deployment_id>/steps/<uuid:step_id>/",
        views.step_log,
        name="step_log",
    ),
]
