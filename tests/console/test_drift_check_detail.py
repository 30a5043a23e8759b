"""One check: of what, by whom, how it ended, and of which services it has the last word."""

from apps.core.access import Role
from apps.drift_findings.detection import detect_drift
from apps.integrations.kubernetes.records import Source
from tests.console.bodies import facts, words
from tests.console.drift import place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import IN_LINE, deployment, look, seen
from tests.world import World

NAME = "drift_findings:drift_check_detail"


def test_it_says_of_what_and_what_it_found(world: World, sign_in: SignIn) -> None:
    things = place(world)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    shown = facts(page)
    assert shown["By"] == "tests"
    assert shown["Findings"] == "1 1 new, 0 resolved"
    assert shown["Workloads"] == "2"
    assert "SHA-256" in shown["seen.json"]
    assert "/services/web/replicas" in words(page)
    assert "cart compared" in words(page)


def test_an_older_one_says_that_a_later_one_has_looked_since(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        look()
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert "a later check has looked at all of them" in text


def test_one_that_failed_says_why_and_what_could_not_be_read_is_named(
    world: World, sign_in: SignIn
) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    base = things.path(NAME).replace(str(things.drift_check), "{}")
    with inside(world.acme, "silo"):
        failed = detect_drift(sources=[Source("broken.yaml", b"a: [")]).check
    text = words(browser.get(base.format(failed.id)))
    assert "This check failed, and no finding was opened or resolved by it: broken.yaml" in text
    with inside(world.acme, "silo"):
        odd = deployment("web", "NOT/An Image")
        half = detect_drift(sources=[seen({"cart": IN_LINE["cart"]}, odd)]).check
    text = words(browser.get(base.format(half.id)))
    assert "Deployment web" in text
    assert "web Check failed" in text or "web check failed" in text
