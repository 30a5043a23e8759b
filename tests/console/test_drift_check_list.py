"""The list of checks: when, by whom, and how each ended."""

from apps.core.access import Role
from apps.drift_findings.detection import detect_drift
from apps.integrations.kubernetes.records import Source
from tests.console.bodies import row_names, words
from tests.console.drift import place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import look
from tests.world import World

LIST = "/t/acme/drift/checks/"


def test_every_check_is_in_it_failed_ones_too(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        look()
        detect_drift(sources=[Source("broken", b"a: [")])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(f"{LIST}?environment={things.environment}")
    assert len(row_names(page)) == 3
    text = words(page)
    for part in ("Failed", "In line", "Findings", "tenant-operator@acme.test", "prod"):
        assert part in text
    failed = browser.get(f"{LIST}?environment={things.environment}&outcome=Failed")
    assert len(row_names(failed)) == 1


def test_the_neighbours_are_not(world: World, sign_in: SignIn) -> None:
    before = row_names(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(LIST))
    with inside(world.globex, "shared"):
        look()
    assert row_names(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(LIST)) == before
