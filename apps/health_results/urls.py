from django.urls import path

from apps.health_results import views

app_name = "health_results"
urlpatterns = [
    path("health/", views.health_list, name="health_list"),
    path(
        "environments/<uuid:environment_id>/services/<uuid:service_id>/health/",
        views.service_health,
        name="service_health",
    ),
]
