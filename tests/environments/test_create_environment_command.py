from typing import Any
from uuid import UUID

import pytest

from apps.core.ids import uuid7
from tests.core.shell import manage
from tests.core.spare import spare_world


def _create(name: str, **changes: Any) -> Any:
    options = {
        "--tenant": spare_world().acme.slug, "--project": "shop", "--name": name, "--stage": "dev",
        "--region": "westeurope", "--isolation": "silo", **changes,
    }  # fmt: skip
    return manage("create_environment", *[part for pair in options.items() for part in pair])


def test_an_environment_is_made_and_provisioned(committed: None) -> None:
    name = str(uuid7())
    made = _create(name, **{"--format": "json", "--pulumi-stack-ref": "org/shop/dev"})
    assert (made.code, made.err) == (0, "")
    shown = made.json
    UUID(shown.pop("environmentId"))
    assert shown == {
        "tenantId": "acme-spare", "projectId": "shop", "name": name, "stage": "dev",
        "region": "westeurope", "status": "Provisioned", "pulumiStackRef": "org/shop/dev",
        "isolationModel": "silo",
    }  # fmt: skip
    again = _create(name)
    assert (again.code, again.out) == (1, "")
    assert "already has an environment" in again.err


def test_people_are_told_in_words(committed: None) -> None:
    made = _create(f"words {uuid7()}")
    assert made.code == 0
    assert "is Provisioned: " in made.out


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"--project": " "}, "projectId"),
        ({"--region": "x" * 41}, "region"),
        ({"--name": "x" * 81}, "name"),
        ({"--pulumi-stack-ref": "x" * 201}, "pulumiStackRef"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    committed: None, changes: dict[str, str], field: str
) -> None:
    refused = _create("fields", **{**changes, "--format": "json"})
    assert refused.code == 1
    assert list(refused.json["fields"]) == [field]
    assert refused.err.startswith(f"{field}: ")


@pytest.mark.parametrize("option", ["--stage", "--isolation"])
def test_a_word_that_is_none_of_the_choices_is_wrong_usage(committed: None, option: str) -> None:
    ended = _create("choices", **{option: "live"})
    assert (ended.code, ended.out) == (2, "")
    assert option in ended.err


def test_nobody_owns_it_who_is_not_there(committed: None) -> None:
    ended = _create("owners", **{"--tenant": "nobody"})
    assert (ended.code, ended.out, ended.err) == (1, "", "There is no tenant 'nobody'.\n")
