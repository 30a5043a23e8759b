"""Every verb of both admins by every role: offered to who may, and taken from nobody else."""

import re
from typing import Any

import pytest

from apps.core.access import PLATFORM_ROLES, ROLE_SCOPES, TENANT_ROLES, Role
from runtime_portal.admin_sites import platform_admin, tenant_admin
from tests.admin.sites import list_path, partition_site
from tests.console.signed_in import SignIn
from tests.world import World

# Taking a list along as a file is reading: it is offered to whoever may read.
TAKING_ALONG = "export_"
OFFERED = re.compile(r'<option value="(\w+)"')


def verbs_of(site: Any) -> dict[type, Any]:
    return {model: admin for model, admin in site._registry.items() if admin.actions}


CASES = [
    *[(platform_admin, "/platform/admin/", role) for role in PLATFORM_ROLES],
    *[(tenant_admin, partition_site("acme", "silo"), role) for role in TENANT_ROLES],
]


@pytest.mark.parametrize(("site", "prefix", "role"), CASES, ids=lambda value: str(value)[:30])
def test_each_verb_is_offered_to_who_may_and_taken_from_nobody_else(
    world: World, sign_in: SignIn, site: Any, prefix: str, role: Role
) -> None:
    person = world.platform[role] if role in PLATFORM_ROLES else world.acme.people[role]
    browser = sign_in(person)
    for model, admin in verbs_of(site).items():
        if admin.read not in ROLE_SCOPES[role]:
            continue
        path = list_path(model, prefix)
        text = browser.get(path).content.decode()
        actions = {name for name in admin.actions if not name.startswith(TAKING_ALONG)}
        offered = set(OFFERED.findall(text)) & actions
        may = admin.write in ROLE_SCOPES[role]
        rows = re.findall(r'href="[^"]*/([^/"]+)/change/', text)[:1]
        if not rows:  # Django offers no verbs where there is nothing to choose
            continue
        assert offered == (actions if may else set()), model
        for action in actions:
            answer = browser.post(path, {"action": action, "_selected_action": rows})
            assert (b'name="confirmed"' in answer.content) is may, (model, action)
