from django.urls import path

from apps.services import views

app_name = "services"
urlpatterns = [
    path("services/", views.service_list, name="service_list"),
    path(
        "environments/<uuid:environment_id>/services/<uuid:service_id>/",
        views.service_detail,
        name="service_detail",
    ),
]
