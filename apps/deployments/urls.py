from django.urls import path

from apps.deployments import views, views_compare, views_verbs

app_name = "deployments"
HERE = "environments/<uuid:environment_id>/deployments/"
ONE = f"{HERE}<uuid:deployment_id>/"
urlpatterns = [
    path("deployments/", views.deployment_list, name="deployment_list"),
    path(f"{HERE}new/", views_verbs.deployment_request, name="deployment_request"),
    path(ONE, views.deployment_detail, name="deployment_detail"),
    path(f"{ONE}compare/", views_compare.deployment_compare, name="deployment_compare"),
    path(f"{ONE}roll-back/", views_compare.deployment_roll_back, name="deployment_roll_back"),
    path(f"{ONE}advance/", views_verbs.deployment_advance, name="deployment_advance"),
    path(f"{ONE}fail/", views_verbs.deployment_fail, name="deployment_fail"),
    path(f"{ONE}back-out/", views_verbs.deployment_back_out, name="deployment_back_out"),
    path(
        f"{ONE}finish-back-out/",
        views_verbs.deployment_finish_back_out,
        name="deployment_finish_back_out",
    ),
    path(f"{ONE}abandon/", views_verbs.deployment_abandon, name="deployment_abandon"),
    path(f"{ONE}mark-bad/", views_verbs.deployment_mark_bad, name="deployment_mark_bad"),
    path(f"{ONE}clear-bad/", views_verbs.deployment_clear_bad, name="deployment_clear_bad"),
    path(
        f"{ONE}release-hold/", views_verbs.deployment_release_hold, name="deployment_release_hold"
    ),
    path(f"{ONE}steps/<uuid:step_id>/", views.step_log, name="step_log"),
    path(f"{ONE}steps/<uuid:step_id>/export/", views.step_log_export, name="step_log_export"),
]
