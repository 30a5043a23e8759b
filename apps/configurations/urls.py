from django.urls import path

from apps.configurations import views

app_name = "configurations"
urlpatterns = [
    path("configurations/", views.configuration_list, name="configuration_list"),
    path(
        "environments/<uuid:environment_id>/configurations/<uuid:configuration_id>/",
        views.configuration_detail,
        name="configuration_detail",
    ),
]
