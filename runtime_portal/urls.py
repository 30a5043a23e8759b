"""Every URL of the portal, as plain lines: grep leads from the browser to the function."""

from allauth.account import views as account
from django.urls import include, path, re_path

from apps.core.access import needs
from apps.people import views_account as people_account
from runtime_portal import console, health, metrics
from runtime_portal.admin_sites import platform_admin, tenant_admin_home

# Of the console, and problem documents under /v1/.
handler400 = "runtime_portal.api.malformed"
handler404 = "runtime_portal.api.not_found"
handler403 = "runtime_portal.api.forbidden"
handler500 = "runtime_portal.api.failed"

urlpatterns = [
    path("", console.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", needs("signed-in")(account.logout), name="account_logout"),
    path(
        "accounts/password/",
        needs("signed-in")(account.password_change),
        name="account_change_password",
    ),
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/time-zone/", people_account.account_time_zone, name="account_time_zone"),
    path("accounts/columns/", people_account.account_columns, name="account_columns"),
    path(
        "accounts/invitation/<str:token>/",
        people_account.account_invitation,
        name="account_invitation",
    ),
    path("v1/", include("runtime_portal.api")),
    path("t/<slug:tenant>/", console.tenant_home, name="tenant_home"),
    path("t/<slug:tenant>/admin/", tenant_admin_home, name="tenant_admin_home"),
    path("t/<slug:tenant>/", include("apps.overview.urls")),
    path("t/<slug:tenant>/", include("apps.tenant_bindings.urls")),
    path("t/<slug:tenant>/", include("apps.services.urls")),
    path("t/<slug:tenant>/", include("apps.deployments.urls")),
    path("t/<slug:tenant>/", include("apps.configurations.urls")),
    path("t/<slug:tenant>/", include("apps.audit_trail.urls")),
    path("t/<slug:tenant>/", include("apps.freezes.urls")),
    path("t/<slug:tenant>/", include("apps.health_results.urls")),
    path("t/<slug:tenant>/", include("apps.drift_findings.urls")),
    path("t/<slug:tenant>/", include("apps.people.urls")),
    path("t/<slug:tenant>/", include("apps.search.urls")),
    path("t/<slug:tenant>/", include("apps.scaling_policies.urls")),
    path("t/<slug:tenant>/", include("apps.integrations.urls")),
    path("t/<slug:tenant>/", include("apps.retention.urls")),
    path("platform/", console.platform_home, name="platform_home"),
    path("platform/admin/", platform_admin.urls),
    path("platform/", include("apps.people.urls_platform")),
    path("platform/", include("apps.tenants.urls")),
    path("platform/", include("apps.environments.urls")),
    path("platform/", include("apps.tenant_bindings.urls_platform")),
    path("platform/", include("apps.audit_trail.urls_platform")),
    path("platform/", include("apps.freezes.urls_platform")),
    path("platform/", include("apps.retention.urls_platform")),
    path("platform/", include("apps.search.urls_platform")),
    path("platform/", include("apps.retention.urls_platform_runs")),
    path("platform/", include("apps.upkeep.urls")),
]
