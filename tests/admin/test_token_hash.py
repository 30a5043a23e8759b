"""The hash of an API client's token never leaves the database by a page."""

from collections.abc import Callable

from apps.core import door
from apps.core.access import Role
from apps.people.models import ApiClient
from apps.people.operations import create_api_client
from apps.tenant_bindings.context import enter_platform
from tests.admin.sites import list_path
from tests.console.signed_in import browser_of
from tests.world import OPERATOR, World


def test_a_client_is_shown_without_token_and_hash(fresh: Callable[[], World]) -> None:
    world = fresh()
    with door.using("owner"), enter_platform(actor=OPERATOR):
        client, token = create_api_client(
            tenant_id=world.acme.slug, name="pipeline", scopes=["runtime.services.read"]
        )
    browser = browser_of(world.platform[Role.PLATFORM_ADMIN])
    for path in (list_path(ApiClient), f"{list_path(ApiClient)}{client.id}/change/"):
        page = browser.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert "pipeline" in text
        assert token not in text
        assert bytes(client.token_hash).hex() not in text
        assert "token_hash" not in text
