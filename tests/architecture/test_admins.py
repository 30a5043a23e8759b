"""Both Django admins read; whatever changes goes through an operation."""

from typing import Any

import pytest
from django.contrib.admin import ModelAdmin

from apps.core.access import ALL_SCOPES
from apps.core.admin import PortalAdmin
from apps.core.admin_export import ExportingAdmin
from runtime_portal.admin_sites import platform_admin, tenant_admin

ADMINS = [admin for site in (platform_admin, tenant_admin) for admin in site._registry.values()]
# Of Django: what would change a row without an operation.
CHANGING = (
    "has_add_permission", "has_change_permission", "has_delete_permission",
    "log_addition", "log_change", "log_deletions", "history_view",
)  # fmt: skip
WRITERS = ("save_model", "save_formset", "delete_model", "delete_queryset", "save_related")


class _Door:
    @staticmethod
    def may(scope: str) -> bool:
        return True


class _Request:
    """Of somebody who may do everything."""

    door = _Door()


@pytest.mark.parametrize("admin", ADMINS, ids=lambda a: type(a).__name__)
class TestAdmin:
    def test_it_is_the_portals_own(self, admin: Any) -> None:
        assert isinstance(admin, PortalAdmin)
        for name in CHANGING:
            assert getattr(type(admin), name) is getattr(PortalAdmin, name)
        for name in WRITERS:
            assert getattr(type(admin), name) is getattr(ModelAdmin, name)

    def test_nobody_adds_changes_or_deletes_there(self, admin: Any) -> None:
        request = _Request()
        assert not admin.has_add_permission(request)
        assert not admin.has_change_permission(request)
        assert not admin.has_delete_permission(request)

    def test_its_scopes_are_scopes(self, admin: Any) -> None:
        assert admin.read in ALL_SCOPES
        assert admin.read.endswith(".read")
        assert admin.write == "" or (admin.write in ALL_SCOPES and admin.write.endswith(".write"))

    def test_its_actions_ask_for_the_right_to_write(self, admin: Any) -> None:
        for name in admin.actions or ():
            # An export reads what the list shows, so it asks for what the list asks.
            needed = "view" if name in ExportingAdmin.actions else "write"
            assert getattr(admin, name).allowed_permissions == [needed], name

    def test_what_stands_inside_it_is_for_reading_too(self, admin: Any) -> None:
        for inline in admin.get_inline_instances(_Request()):
            assert not inline.has_add_permission(_Request(), None)
            assert not inline.has_change_permission(_Request())
            assert not inline.has_delete_permission(_Request())
            assert not inline.can_delete
