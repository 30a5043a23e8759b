"""What one person may do about retention at the shell: hold, and lengthen."""

import pytest

from apps.core.ids import uuid7
from tests.core.shell import manage
from tests.retention.ages import SERVICES, aged

HOLD = ("--matter", "Doe v. Acme", "--reason", "asked by court", "--format", "json")


def test_a_hold_placed_at_the_shell_holds(committed: None) -> None:
    found = aged()
    found.retire("cart")
    found.age(SERVICES, "900 days", "retired_at IS NOT NULL")
    placed = manage(
        "place_hold", "--tenant", found.slug, "--data-class", "retired-service", "--data-class",
        "step-log", "--environment", found.environment, *HOLD,
    )  # fmt: skip
    assert (placed.code, placed.err) == (0, "")
    assert placed.json == {
        "legalHoldId": placed.json["legalHoldId"], "tenantId": found.slug, "number": 1,
        "dataClasses": ["retired-service", "step-log"], "environmentId": str(found.environment),
        "status": "Placed",
    }  # fmt: skip
    assert "hold" in found.why("retired-service").values()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--tenant", "nobody-there", "--data-class", "step-log"), 1),
        (("--tenant", "acme", "--data-class", "steplog"), 1),
        (("--tenant", "acme", "--data-class", "step-log", "--environment", "here"), 2),
        (("--tenant", "acme", "--data-class", "step-log", "--environment", str(uuid7())), 1),
        (("--tenant", "acme"), 2),
    ],
)
def test_a_hold_that_would_hold_nothing_is_refused(
    committed: None, arguments: tuple[str, ...], code: int
) -> None:
    assert manage("place_hold", *arguments, *HOLD).code == code


def test_a_window_grows_at_the_shell_and_never_shrinks(committed: None) -> None:
    found = aged()
    change = ("set_retention", "--tenant", found.slug, "--data-class", "retired-service")
    longer = manage(*change, "--days", "120", "--reason", "contract", "--format", "json")
    assert longer.code == 0
    assert (longer.json["days"], longer.json["version"]) == (120, 1)
    for days, says in (("100", "120 days already"), ("89", "floor of 90")):
        shorter = manage(*change, "--days", days, "--reason", "space")
        assert shorter.code == 1
        assert says in shorter.err
