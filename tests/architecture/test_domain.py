"""docs/domain.md is what the code says, and every invariant has a test that attacks it."""

from pathlib import Path

from django.conf import settings

from runtime_portal.domain import attacks
from runtime_portal.domain.document import document, missing
from runtime_portal.domain.entities import models
from runtime_portal.domain.invariants import invariants
from runtime_portal.domain.states import machines
from tests.core.machines import MACHINES

ROOT = Path(settings.BASE_DIR)


def test_the_page_is_what_the_command_prints() -> None:
    """Where it is not: manage.py describe_domain > docs/domain.md."""
    assert (ROOT / "docs" / "domain.md").read_text() == document()


def test_nothing_is_missing() -> None:
    """What is listed here wants a test marked `attacks`, or an operation of its name."""
    assert missing() == []


def test_a_name_stands_for_one_thing() -> None:
    names = [invariant.name for invariant in invariants()]
    assert len(names) == len(set(names))


def test_every_model_of_the_portal_is_described_and_every_machine_is_tried() -> None:
    text = document()
    for model in models():
        assert f"### {model.__name__}" in text
    assert {machine.model for machine in MACHINES} == set(machines())


def test_what_is_marked_is_read_from_decorators_and_from_lists_of_parameters() -> None:
    found = attacks.marks()
    on_a_test = "tests/services/test_create_services.py"
    in_a_list = "tests/core/test_constraints.py::test_no_row_breaks_it"
    assert found["policy with its service"] == [
        f"{on_a_test}::test_a_policy_of_its_own_comes_with_the_service"
    ]
    assert in_a_list in found["service_replicas"]
    assert attacks.tests_of("nothing of that name", found) == []
    assert attacks.stale({"service_replicas"}, {"service_*": [], "gone": []}) == ["gone"]
