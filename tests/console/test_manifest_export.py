"""An environment's manifests as a file."""

import yaml

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "integrations:manifest_export"


def test_a_viewer_takes_the_file_along(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    answer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    name = f"manifests-{things.environment}.yaml"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    first, *_ = yaml.safe_load_all(answer.content)
    assert first["metadata"]["name"] == f"net-{things.environment}"
