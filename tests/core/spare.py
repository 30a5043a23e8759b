"""Two tenants for the tests that commit: what happens to them is seen in no other test's lists."""

import functools

from tests.world import World, make_world


@functools.cache
def spare_world() -> World:
    """Made once a session, by the first test that takes `committed` and asks."""
    return make_world("acme-spare", "globex-spare")
