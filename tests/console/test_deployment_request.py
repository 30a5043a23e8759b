from apps.core.access import Role
from apps.deployments.models import RuntimeDeployment
from tests.console.bodies import links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.test_deployment_release_hold import held
from tests.console.verbs import path_of, post
from tests.core.doors import inside
from tests.freezes.windows import freeze
from tests.platform.forms import errors, values
from tests.world import World

GIVEN = {
    "release_ref": "r7", "strategy": "canary", "gate": "health", "reason": "a new cart",
    "confirm": "prod",
}  # fmt: skip


def _newest(world: World) -> RuntimeDeployment:
    with inside(world.acme, "silo", writing=False):
        here = RuntimeDeployment.objects.filter(environment_id=world.acme.environments["silo"])
        found: RuntimeDeployment = here.order_by("-id")[0]
        return found


def test_it_is_requested_from_the_page_of_its_environment(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    environment = browser.get(things.path("tenant_bindings:environment_detail"))
    assert path_of(world, "request") in links(environment)
    answer = post(world, sign_in, "request", None, GIVEN)
    made = _newest(world)
    assert answer["Location"] == path_of(world, "detail", made.id)
    assert (made.release_ref, made.strategy, made.reason) == ("r7", "canary", "a new cart")
    assert made.requested_by == "tenant-operator@acme.test"


def test_without_a_reason_or_the_name_typed_nothing_is_requested(
    world: World, sign_in: SignIn
) -> None:
    for name in ("release_ref", "reason", "confirm"):
        answer = post(world, sign_in, "request", None, {**GIVEN, name: ""})
        assert answer.status_code == 422
        assert list(errors(answer)) == ["", name] or name in errors(answer)
    assert _newest(world).release_ref != "r7"


def test_a_freeze_stands_first_and_may_be_overridden_by_who_may(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        freeze(override_role="tenant-admin")
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(path_of(world, "request"))
    assert "Frozen: the rule “year end”" in words(page)
    assert "override_freeze" in values(page)
    answer = post(world, sign_in, "request", None, {**GIVEN, "override_freeze": "we must"})
    assert answer.status_code == 422
    assert "Frozen" in errors(answer)["override_freeze"]
    admin = sign_in(world.acme.people[Role.TENANT_ADMIN])
    answer = admin.post(path_of(world, "request"), {**GIVEN, "override_freeze": "we must"})
    assert answer.status_code == 302
    detail = admin.get(answer["Location"])
    assert "In spite of a freeze we must" in words(detail)


def test_what_a_rollback_undid_goes_back_by_an_explicit_override(
    world: World, sign_in: SignIn
) -> None:
    held(world)
    again = {**GIVEN, "release_ref": "r2"}
    answer = post(world, sign_in, "request", None, again)
    assert answer.status_code == 422
    assert "r2 was undone by a rollback to r1" in errors(answer)["override_hold"]
    answer = post(world, sign_in, "request", None, {**again, "override_hold": "it was the net"})
    assert answer.status_code == 302
    assert _newest(world).hold_override == "it was the net"


def test_where_nothing_stands_against_it_nothing_is_asked(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(path_of(world, "request"))
    assert not {"override_freeze", "override_hold"} & values(page).keys()
