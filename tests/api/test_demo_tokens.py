"""The tokens that demo.json hands over, as README uses them."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.core import door
from apps.tenant_bindings.context import enter_platform
from runtime_portal.demo.people import People
from runtime_portal.demo.shape import Company
from tests.api.caller import Caller
from tests.api.governed import govern
from tests.api.test_openapi import LISTS
from tests.world import OPERATOR, World

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def token(world: World, rolled_back: None, tmp_path: Path) -> str:
    """Made as the demo makes them, for a tenant there is; taken from the file as README says."""
    people = People()
    with door.using("owner"), enter_platform(actor=OPERATOR):
        people.add_company(Company("acme", "Acme", {}))
    told = {"people": people.told, "tokens": {"brindlecart": people.tokens["acme"]}}
    (tmp_path / ".state").mkdir()
    (tmp_path / ".state/demo.json").write_text(json.dumps(told))
    [line] = re.findall(r"^TOKEN=\$\((.*)\)$", README, re.MULTILINE)
    done = subprocess.run(
        shlex.split(line), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("method", "pattern", "view", "name"), LISTS)
def test_the_token_reads_every_list(
    token: str, world: World, method: str, pattern: str, view: Any, name: str
) -> None:
    here, service = world.acme.environments["pool"], world.acme.services["pool"]["cart"]
    one = f"?environmentId={here}&serviceId={service}" if "health" in pattern else ""
    govern(world)
    answer = Caller(token).get(f"/v1/{pattern}{one}")
    assert answer.status_code == 200, answer.data
    assert answer.data["results"]


def test_the_example_of_readme_is_answered(token: str) -> None:
    [url] = re.findall(r"^curl -H \"Authorization: Bearer \$TOKEN\" '(.*)'$", README, re.MULTILINE)
    answer = Caller(token).get(url.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200, answer.data
    assert 0 < len(answer.data["results"]) <= 5
