"""A tenant's environments: made from its bindings, which are all it may know of them."""

from django.urls import path

from apps.tenant_bindings import views

app_name = "tenant_bindings"
urlpatterns = [
    path("environments/", views.environment_list, name="environment_list"),
    path(
        "environments/<uuid:environment_id>/", views.environment_detail, name="environment_detail"
    ),
]
