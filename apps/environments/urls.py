from django.urls import path

from apps.environments import views

app_name = "environments"
urlpatterns = [
    path("environments/", views.environment_list, name="environment_list"),
    path("environments/new/", views.environment_create, name="environment_create"),
    path(
        "environments/<uuid:environment_id>/", views.environment_detail, name="environment_detail"
    ),
    path(
        "environments/<uuid:environment_id>/edit/", views.environment_edit, name="environment_edit"
    ),
    path(
        "environments/<uuid:environment_id>/provision/",
        views.environment_provision,
        name="environment_provision",
    ),
    path(
        "environments/<uuid:environment_id>/complete/",
        views.environment_complete,
        name="environment_complete",
    ),
    path(
        "environments/<uuid:environment_id>/fail/", views.environment_fail, name="environment_fail"
    ),
    path(
        "environments/<uuid:environment_id>/abandon/",
        views.environment_abandon,
        name="environment_abandon",
    ),
    path(
        "environments/<uuid:environment_id>/decommission/",
        views.environment_decommission,
        name="environment_decommission",
    ),
]
