"""Checking by pasting or uploading what was seen."""

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core.access import Role
from apps.drift_findings import forms
from apps.drift_findings.models import DriftCheck
from tests.console.bodies import facts, words
from tests.console.drift import finding_of, place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import IN_LINE, seen
from tests.platform.forms import errors, values
from tests.world import World

NAME = "drift_findings:drift_check_create"


def _checks(world: World) -> int:
    with inside(world.acme, "silo", writing=False):
        return DriftCheck.objects.count()


def test_what_was_pasted_is_checked_and_the_check_is_shown(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(things.path(NAME), {"manifests": seen(IN_LINE).data.decode()})
    assert answer.status_code == 302
    page = browser.get(answer["Location"])
    assert "0 findings: 0 new, 1 resolved." in words(page)
    assert facts(page)["By"] == "tenant-operator@acme.test"
    assert finding_of(world).resolution == "by-itself"


def test_so_is_a_file(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    file = SimpleUploadedFile("cluster.json", seen({**IN_LINE, "x": ("x:1", 1)}).data)
    answer = browser.post(things.path(NAME), {"file": file})
    page = browser.get(answer["Location"])
    assert "cluster.json" in facts(page)
    assert "/services/x" in words(page)
    assert 'enctype="multipart/form-data"' in browser.get(things.path(NAME)).content.decode()


def test_what_cannot_be_read_is_a_check_that_failed(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for hostile in ("a: [", "kind: Deployment\n\x00", "!!python/object/apply:os.system ['true']"):
        answer = browser.post(things.path(NAME), {"manifests": hostile})
        if answer.status_code == 302:
            assert "This check failed" in words(browser.get(answer["Location"]))
        else:
            assert answer.status_code == 422
    assert finding_of(world).status == "Open"


def test_nothing_and_too_much_are_refused_and_no_check_is_made(
    world: World, sign_in: SignIn, monkeypatch: object
) -> None:
    things = place(world)
    browser, before = sign_in(world.acme.people[Role.TENANT_OPERATOR]), _checks(world)
    for typed in ({"manifests": "  "}, {}):
        page = browser.post(things.path(NAME), typed)
        assert page.status_code == 422
        assert "Paste what was seen" in errors(page)[""]
    file = SimpleUploadedFile("big", b"x" * (forms.MOST_BYTES + 1))
    page = browser.post(things.path(NAME), {"file": file, "manifests": "a: 1"})
    assert page.status_code == 422
    assert "is larger than 8 MiB." in errors(page)["file"]
    assert values(page)["manifests"] == "a: 1"
    assert _checks(world) == before


def test_a_viewer_is_refused(world: World, sign_in: SignIn) -> None:
    things = place(world)
    answer = sign_in(world.acme.people[Role.TENANT_VIEWER]).post(things.path(NAME), {})
    assert answer.status_code == 403
