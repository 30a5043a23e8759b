from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class PortalAdminConfig(SimpleAdminConfig):
    """Both admin sites are made in runtime_portal.admin_sites; nothing registers by itself."""

    default_site = "runtime_portal.admin_sites.PlatformAdminSite"


class RuntimePortalConfig(AppConfig):
    default = True
    name = "runtime_portal"

    def ready(self) -> None:
        from runtime_portal import checks  # noqa: F401  (registers the system checks)
