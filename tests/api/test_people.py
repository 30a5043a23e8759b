"""People and API clients by the API: read, and changed by people alone."""

import pytest

from apps.core.access import TENANT_ROLES, Role
from tests.api.caller import Caller, new_client
from tests.api.test_core import problem
from tests.world import World


def test_people_are_those_of_the_tenant_with_their_roles(acme: Caller, world: World) -> None:
    found = {one["personId"]: one for one in acme.get("/people").data["results"]}
    for role, person in world.acme.people.items():
        one = found[str(person.id)]
        assert (one["email"], one["roles"], one["tenantId"]) == (person.email, [role], "acme")
    assert not {str(p.id) for p in (*world.globex.people.values(), *world.platform.values())} & set(
        found
    )
    admin = str(world.acme.people[Role.TENANT_ADMIN].id)
    assert acme.get(f"/people/{admin}").data == found[admin]
    [only] = acme.get("/people?role=tenant-admin&limit=1").data["results"]
    assert only["roles"] == ["tenant-admin"]
    problem(acme.get("/people?role=platform-admin"), "bad-parameter")


def test_every_role_of_a_tenant_can_be_asked_for(acme: Caller) -> None:
    for role in TENANT_ROLES:
        assert acme.get(f"/people?role={role}").status_code == 200


def test_a_client_is_shown_without_its_token(acme: Caller) -> None:
    client, token = new_client("acme", ["runtime.services.read"])
    answer = acme.get(f"/clients/{client.id}")
    assert answer.data["scopes"] == ["runtime.services.read"]
    assert (answer.data["status"], answer.data["revokedAt"]) == ("Active", None)
    assert token not in answer.content.decode()
    assert "hash" not in answer.content.decode().lower()
    assert answer.data in acme.get("/clients?revoked=no").data["results"]
    assert acme.get("/clients?revoked=yes").data["results"] == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/people", "/clients"])
def test_no_token_makes_or_changes_anybody(acme: Caller, method: str, path: str) -> None:
    """The policies ask for a person's role: a token with every scope has nowhere to send it."""
    problem(acme(method, path, {"name": "x", "scopes": []}), "method-not-allowed")
