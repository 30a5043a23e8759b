from apps.configurations.models import RuntimeConfiguration
from apps.core.access import Role
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.test_configuration_edit import drafted
from tests.core.doors import inside
from tests.world import World


def test_a_draft_is_discarded_for_good(world: World, sign_in: SignIn) -> None:
    identifier, edit = drafted(world)
    path = edit.replace("/edit/", "/discard/")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "Its number is not given again" in words(browser.get(path))
    assert browser.post(path, {"reason": "", "confirm": "prod"}).status_code == 422
    assert browser.post(path, {"reason": "wrong", "confirm": "prod"}).status_code == 302
    with inside(world.acme, "silo", writing=False):
        assert RuntimeConfiguration.objects.get(id=identifier).status == "Discarded"
    assert browser.post(path, {"reason": "wrong", "confirm": "prod"}).status_code == 422
