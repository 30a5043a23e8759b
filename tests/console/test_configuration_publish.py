from apps.configurations.models import RuntimeConfiguration
from apps.core.access import Role
from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.console.test_configuration_edit import drafted
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World


def test_a_draft_is_published_by_who_says_why(world: World, sign_in: SignIn) -> None:
    identifier, edit = drafted(world)
    path = edit.replace("/edit/", "/publish/")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(path, {"reason": "x", "confirm": "dev"}).status_code == 422
    answer = browser.post(path, {"reason": "new colour", "confirm": "prod"})
    assert answer.status_code == 302
    shown = browser.get(answer["Location"])
    assert "by tenant-operator@acme.test" in facts(shown)["Published"]
    assert "verified just now" in facts(shown)["Checksum"]
    assert "new colour" in words(shown)
    with inside(world.acme, "silo", writing=False):
        assert RuntimeConfiguration.objects.get(id=identifier).status == "Published"
    page = browser.post(path, {"reason": "again", "confirm": "prod"})
    assert (page.status_code, "only from Draft" in errors(page)[""]) == (422, True)
