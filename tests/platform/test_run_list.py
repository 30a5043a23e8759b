"""Every run of the purge, for governance officers."""

from apps.core.access import PLATFORM_ROLES, Role
from tests.console.bodies import links, row_names, words
from tests.console.signed_in import SignIn
from tests.core.shell import manage
from tests.world import World

PATH = "/platform/retention/runs/"


def test_an_officer_sees_every_run_dry_ones_too(world: World, sign_in: SignIn) -> None:
    dry = manage("run_retention", "--tenant", "acme", "--dry-run", "--format", "json").json
    page = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get(PATH)
    # Not the first where another test has left a run with an id of no time.
    assert {dry["runId"][-8:], str(world.acme.disposed["run"])[-8:]} <= set(row_names(page))
    assert "dry run" in words(page)
    assert f"{PATH}{dry['runId']}/" in links(page)


def test_officers_alone_see_the_way_there(world: World, sign_in: SignIn) -> None:
    for role in PLATFORM_ROLES:
        home = sign_in(world.platform[role]).get("/platform/")
        assert ("/platform/retention/" in links(home)) is (role == Role.GOVERNANCE_OFFICER)
    officer = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    assert PATH in links(officer.get("/platform/retention/"))
