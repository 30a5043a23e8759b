from django.urls import path

from apps.scaling_policies import views

app_name = "scaling_policies"
HERE = "environments/<uuid:environment_id>/scaling/"
urlpatterns = [
    path("scaling/", views.policy_list, name="policy_list"),
    path(f"{HERE}edit/", views.policy_edit_many, name="policy_edit_many"),
    path(f"{HERE}<uuid:service_id>/edit/", views.policy_edit, name="policy_edit"),
]
