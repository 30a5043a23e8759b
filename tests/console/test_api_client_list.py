"""A tenant's API clients."""

from apps.core.access import Role
from apps.people.operations import create_api_client, revoke_api_client
from tests.console.bodies import links, words
from tests.console.people import as_admin
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/t/acme/api-clients/"


def _make(world: World, tenant: str = "acme", *names: str) -> list[str]:
    with as_admin(world.acme if tenant == "acme" else world.globex):
        made = [
            create_api_client(tenant_id=tenant, name=name, scopes=["runtime.services.read"])
            for name in names
        ]
        revoke_api_client(made[0][0].id)
    return [token for _, token in made]


def test_everybody_of_the_tenant_sees_them_and_nobody_a_token(
    world: World, sign_in: SignIn
) -> None:
    tokens = _make(world, "acme", "old", "pipeline")
    _make(world, "globex", "old", "of the neighbour")
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    text = words(page)
    assert "pipeline" in text
    assert "Revoked" in text
    assert "neighbour" not in text
    for token in tokens:
        assert token[:10] in text
        assert token not in page.content.decode()
    assert not [link for link in links(page) if "revoke" in link or "new" in link]


def test_it_is_searched_and_filtered(world: World, sign_in: SignIn) -> None:
    _make(world, "acme", "old", "pipeline")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert "old" not in words(browser.get(PATH, {"q": "pipe"})).partition("Verbs")[2]
    assert "pipeline" not in words(browser.get(PATH, {"revoked": "yes"}))
    assert "pipeline" in words(browser.get(PATH, {"revoked": "no"}))
    assert browser.get(PATH, {"revoked": "x"}).status_code == 422
