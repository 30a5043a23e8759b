"""The services of one environment as a file."""

import csv
import io
import json

import pytest
import yaml

from apps.core.access import Role
from apps.services.operations import change_service
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "services:service_export"


def test_a_viewer_takes_them_along_in_three_forms(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        change_service(things_of(world.acme).service, image="=HYPERLINK(1)")
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    found = {f: browser.get(f"{path}?format={f}") for f in ("csv", "json", "yaml")}
    table = list(csv.DictReader(io.StringIO(found["csv"].content.decode(), newline="")))
    assert [(row["moduleId"], row["image"]) for row in table] == [
        ("cart", "'=HYPERLINK(1)"), ("web", "registry.test/web:1.0"),
    ]  # fmt: skip
    rows = json.loads(found["json"].content)
    assert rows == yaml.safe_load(found["yaml"].content)
    assert (rows[0]["image"], rows[0]["replicas"], rows[0]["maxReplicas"]) == (
        "=HYPERLINK(1)", 2, 2,
    )  # fmt: skip
    assert found["csv"]["Content-Disposition"] == 'attachment; filename="services.csv"'


@pytest.mark.parametrize("format", ["exe", "", "\x00"])
def test_another_form_is_refused(world: World, sign_in: SignIn, format: str) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get(path, {"format": format}).status_code == 422
