"""The list of ignore rules: what each hides, why, until when, and who answers for it."""

from apps.core.access import Role
from apps.drift_findings.operations import create_ignore_rule
from tests.console.bodies import links, words
from tests.console.drift import place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import in_days
from tests.world import World

LIST = "/t/acme/drift/rules/"


def test_it_says_what_and_how_many_and_why(world: World, sign_in: SignIn) -> None:
    place(world)
    with inside(world.acme, "silo"):
        create_ignore_rule(
            module_id="web", kind="replicas", reason="scaled by hand", owner="team web",
            expires_at=in_days(3), everywhere=True,
        )  # fmt: skip
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(LIST))
    assert (
        "replicas web prod and all others of its partition Active 1 scaled by hand team web" in text
    )
    assert "nowhere prod Active 0 an example" in text


def test_who_may_only_read_is_offered_no_verb(world: World, sign_in: SignIn) -> None:
    for role, offered in ((Role.TENANT_OPERATOR, True), (Role.TENANT_VIEWER, False)):
        page = sign_in(world.acme.people[role]).get(LIST)
        assert any(link.endswith("/end/") for link in links(page)) is offered


def test_one_that_has_ended_stays_in_it(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    path = things.path("drift_findings:ignore_rule_end")
    browser.post(path, {"reason": "over", "confirm": "prod"})
    here = f"{LIST}?environment={things.environment}"
    assert "Ended" in words(browser.get(f"{here}&status=Ended"))
    assert path not in links(browser.get(here))
