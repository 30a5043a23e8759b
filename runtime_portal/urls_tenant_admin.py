"""Django admin of one partition of one tenant: `/t/<tenant>/admin/<silo|pool|shared>/…`."""

from django.urls import path

from runtime_portal.admin_sites import tenant_admin

handler404 = "runtime_portal.console.not_found"
handler403 = "runtime_portal.console.forbidden"
handler500 = "runtime_portal.console.failed"

urlpatterns = [path("", tenant_admin.urls)]
