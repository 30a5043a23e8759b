import pytest

from apps.core.ids import uuid7
from apps.tenants.models import Tenant
from tests.core.doors import on_platform, rolled_back_as
from tests.core.shell import manage
from tests.world import World


def test_a_tenant_made_at_the_shell_is_told_of(world: World, committed: None) -> None:
    slug = f"shell-{uuid7().hex[-12:]}"
    made = manage("onboard_tenant", slug, "--name", "Shell & Söhne", "--format", "json")
    assert (made.code, made.err) == (0, "")
    assert made.json == {"tenantId": slug, "name": "Shell & Söhne", "status": "Active"}
    with rolled_back_as("owner"), on_platform(world):
        assert Tenant.objects.filter(tenant_id=slug).exists()
    again = manage("onboard_tenant", slug, "--name", "Again")
    assert (again.code, again.out) == (1, "")
    assert again.err == f"The slug '{slug}' is taken: it is never used again.\n"


@pytest.mark.parametrize(
    ("slug", "name", "field"),
    [("Acme", "Acme", "tenantId"), ("shared", "Shared", "tenantId"), ("fine", " ", "name")],
)
def test_what_is_wrong_is_named_by_its_field(
    world: World, committed: None, slug: str, name: str, field: str
) -> None:
    text = manage("onboard_tenant", slug, "--name", name)
    assert (text.code, text.out) == (1, "")
    assert text.err.startswith(f"{field}: ")
    as_json = manage("onboard_tenant", slug, "--name", name, "--format", "json")
    assert as_json.code == 1
    assert list(as_json.json["fields"]) == [field]
    assert as_json.json["error"]
