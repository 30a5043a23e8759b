"""A payload as a file, which a draft takes again."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration
from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

PAYLOAD = {"colour": "blue", "list": [1, 2.5, None], "db": {"secretRef": "kv://acme/db"}}


def test_exported_and_drafted_again_it_has_the_same_checksum(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        first = draft_configuration(payload=PAYLOAD)
    path = things.path("configurations:configuration_export")
    path = path.replace(str(things.configuration), str(first.id))
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for format in ("yaml", "json"):
        answer = browser.get(f"{path}?format={format}")
        assert answer["Content-Disposition"].endswith(f'"configuration-{first.version}.{format}"')
        file = SimpleUploadedFile(f"payload.{format}", answer.content)
        new = things.path("configurations:configuration_draft")
        typed = {"format": format, "text": "ignored: true", "file": file, "confirm": "prod"}
        assert browser.post(new, typed).status_code == 302
    assert json.loads(answer.content) == PAYLOAD
    with inside(world.acme, "silo", writing=False):
        found = RuntimeConfiguration.objects.filter(checksum=first.checksum)
        assert found.count() == 3


def test_another_form_or_a_file_that_is_no_text_is_refused(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    path = things.path("configurations:configuration_export")
    assert browser.get(f"{path}?format=exe").status_code == 422
    page = browser.post(
        things.path("configurations:configuration_draft"),
        {"format": "yaml", "file": SimpleUploadedFile("x", b"\xff\xfe"), "confirm": "prod"},
    )
    assert (page.status_code, "not UTF-8" in errors(page)["text"]) == (422, True)
