"""Inviting somebody to the platform."""

from django.core import mail

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World

PATH = "/platform/people/invite/"


def test_a_platform_admin_invites_viewers_and_admins_alone(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for role in ("governance-officer", "tenant-admin", ""):
        page = browser.post(PATH, {"email": "ada@new.test", "role": role})
        assert page.status_code == 422
        assert set(errors(page)) == {"role", ""}
    answer = browser.post(PATH, {"email": "ada@new.test", "role": "platform-viewer"})
    assert (answer.status_code, answer["Location"]) == (302, "/platform/people/")
    assert mail.outbox[-1].to == ["ada@new.test"]
    assert len(entries(world, "invitation.sent", "platform")) == 1
