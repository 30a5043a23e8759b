"""Importing services in the console: what would be done, then done."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core.access import Role
from apps.services.models import RuntimeService
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

NAME = "services:service_import"
ROWS = "moduleId,image,version,replicas\ncart,registry.test/cart:2,2,2\nnew,registry.test/n:1,1,1\n"
APPLY = {"apply": "1", "format": "csv", "text": ROWS}


def versions(world: World) -> dict[str, str]:
    with inside(world.acme, "silo", writing=False):
        rows = RuntimeService.objects.filter(environment_id=world.acme.environments["silo"])
        return {row.module_id: row.version for row in rows}


def test_a_dry_run_first_and_then_the_import(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(path, {"format": "csv", "text": ROWS})
    assert page.status_code == 200
    assert "1 new, 1 changed, 0 unchanged, 0 refused nothing is done yet" in words(page)
    assert "registry.test/n:1,1,1" in page.content.decode()
    assert versions(world) == {"cart": "1.0", "web": "1.0"}
    page = browser.post(path, APPLY | {"last-reason": "sheet", "last-confirm": "prod"})
    assert page.status_code == 200
    assert versions(world) == {"cart": "2", "web": "1.0", "new": "1"}


def test_without_the_name_typed_or_a_reason_nothing_is_done(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for wrong in ({}, {"last-reason": "x", "last-confirm": "no"}, {"last-confirm": "prod"}):
        assert browser.post(path, APPLY | wrong).status_code == 422
    assert versions(world) == {"cart": "1.0", "web": "1.0"}


def test_a_file_is_taken_as_what_is_pasted_is(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    file = SimpleUploadedFile("services.csv", b"\xef\xbb\xbf" + ROWS.encode())
    page = browser.post(path, {"format": "csv", "file": file})
    assert "1 new, 1 changed" in words(page)
    for content, said in ((b"\xff\xfe", "not UTF-8"), (b"x" * 1_048_577, "over 1024 KiB")):
        page = browser.post(path, {"format": "csv", "file": SimpleUploadedFile("x", content)})
        assert (page.status_code, said in errors(page)["text"]) == (422, True)


def test_each_refusal_stands_there_with_row_and_field(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    text = "moduleId,colour\ncart,red\nnew,\n"
    page = browser.post(path, {"format": "csv", "text": text})
    assert page.status_code == 422
    assert "1 colour is no column" in words(page)
    assert "2 image is needed for a new service" in words(page)
    assert 'name="apply"' not in page.content.decode()
    page = browser.post(path, {"format": "json", "text": "[1"})
    assert "line 1, column 3" in errors(page)["text"]


def test_a_deployment_that_is_not_rolling_out_takes_no_rows(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for told in (str(things.deployment), "1", str(uuid4())):
        assert browser.get(things.path(NAME), {"deployment": told}).status_code == 404
