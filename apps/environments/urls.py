from django.urls import path

from apps.environments import views

app_name = "environments"
urlpatterns = [
    path("environments/", views.environment_list, name="environment_list"),
    path("environments/new/", views.environment_create, name="environment_create"),
    path(
        "environments/<uuid:environment_id>/", views.environment_detail, name="environment_detail"
    ),
]
