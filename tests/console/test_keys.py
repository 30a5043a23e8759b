"""The keys that lead to the pages of the navigation."""

import pytest

from apps.core.access import Role
from runtime_portal.console import PLATFORM_NAV, TENANT_NAV, letters
from tests.console.signed_in import SignIn
from tests.world import World


@pytest.mark.parametrize("given", [TENANT_NAV, PLATFORM_NAV], ids=["tenant", "platform"])
def test_every_page_of_the_navigation_has_a_key_of_its_own(given: tuple[object, ...]) -> None:
    labels = [one[0] for one in given if isinstance(one, tuple)]
    found = letters(labels)
    assert list(found) == labels
    assert "" not in found.values()
    assert len(set(found.values())) == len(labels)


def test_a_key_means_the_same_to_everybody(world: World, sign_in: SignIn) -> None:
    pages = [
        sign_in(world.acme.people[role]).get("/t/acme/").content.decode()
        for role in (Role.TENANT_VIEWER, Role.TENANT_AUDITOR)
    ]
    for page in pages:
        assert 'href="/t/acme/services/" data-go="s"' in page
        assert 'href="/t/acme/api-clients/" data-go="i"' in page
    audit = 'href="/t/acme/audit/" data-go="u"'
    assert [audit in page for page in pages] == [False, True]
