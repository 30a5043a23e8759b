"""Drift: findings, the checks that found them, the rules that hide some."""

from django.urls import path

from apps.drift_findings import views, views_forms

app_name = "drift_findings"
_HERE = "environments/<uuid:environment_id>/drift"
urlpatterns = [
    path("drift/", views.finding_list, name="finding_list"),
    path("drift/checks/", views.drift_check_list, name="drift_check_list"),
    path("drift/rules/", views.ignore_rule_list, name="ignore_rule_list"),
    path(f"{_HERE}/check/", views_forms.drift_check_create, name="drift_check_create"),
    path(
        f"{_HERE}/checks/<uuid:drift_check_id>/",
        views.drift_check_detail,
        name="drift_check_detail",
    ),
    path(f"{_HERE}/rules/new/", views_forms.ignore_rule_create, name="ignore_rule_create"),
    path(
        f"{_HERE}/rules/<uuid:ignore_rule_id>/end/",
        views_forms.ignore_rule_end,
        name="ignore_rule_end",
    ),
    path(f"{_HERE}/<uuid:finding_id>/", views.finding_detail, name="finding_detail"),
    path(
        f"{_HERE}/<uuid:finding_id>/acknowledge/",
        views_forms.finding_acknowledge,
        name="finding_acknowledge",
    ),
    path(
        f"{_HERE}/<uuid:finding_id>/unacknowledge/",
        views_forms.finding_unacknowledge,
        name="finding_unacknowledge",
    ),
    path(
        f"{_HERE}/<uuid:finding_id>/resolve/", views_forms.finding_resolve, name="finding_resolve"
    ),
    path(f"{_HERE}/<uuid:finding_id>/ignore/", views_forms.finding_ignore, name="finding_ignore"),
]
