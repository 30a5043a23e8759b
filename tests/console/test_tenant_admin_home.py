"""The way into Django's admin of a tenant's partitions."""

from apps.core.access import Role
from apps.tenant_bindings.release import release_binding
from tests.console.bodies import links
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World


def test_a_tenant_of_several_partitions_chooses(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_ADMIN]).get("/t/acme/admin/")
    found = [link for link in links(page) if link.startswith("/t/acme/admin/")]
    assert {link for link in found if link != "/t/acme/admin/"} == {
        f"/t/acme/admin/{kind}/" for kind in ("silo", "pool", "shared")
    }


def test_a_tenant_of_one_partition_is_there_at_once(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        for model in ("pool", "shared"):
            release_binding(world.acme.bindings[model])
    answer = sign_in(world.acme.people[Role.TENANT_ADMIN]).get("/t/acme/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/t/acme/admin/silo/")
