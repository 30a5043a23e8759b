"""What a deployment asks before it starts: the freezes, and what a rollback holds."""

from dataclasses import dataclass
from typing import Any

from apps.core import door
from apps.core.door import Door
from apps.core.errors import Refused
from apps.deployments.models import HELD, RuntimeDeployment
from apps.freezes.operations import decide

# People at pages and at the shell. A token and the worker do nothing that a person must decide.
PEOPLE = ("person", "operator")


def by_a_person(entered: Door, what: str) -> None:
    """Refused for an API client and for the worker."""
    if entered.actor.kind not in PEOPLE:
        raise Refused(f"Only a person may {what}.")


@dataclass(frozen=True)
class Admission:
    """Why it starts all the same, where something stood against it; empty where nothing did."""

    freeze_override: str = ""
    hold_override: str = ""
    freezes: tuple[str, ...] = ()

    def said(self) -> dict[str, Any]:
        """For the audit entry: which rules were overridden, and why."""
        found: dict[str, Any] = {}
        if self.freezes:
            found |= {
                "freezesOverridden": list(self.freezes),
                "freezeOverride": self.freeze_override,
            }
        if self.hold_override:
            found |= {"holdOverride": self.hold_override}
        return found


def admit(
    release_ref: str, *, imported: bool, override_freeze: str, override_hold: str
) -> Admission:
    """What was overridden; Refused where a freeze or a hold forbids the start."""
    frozen = decide(override=override_freeze)
    held = held_against(release_ref)
    if held is not None:
        _ask_hold(held, imported=imported, override=override_hold)
    return Admission(
        override_freeze.strip() if frozen else "",
        override_hold.strip() if held else "",
        tuple(str(rule.id) for rule in frozen),
    )


def holds() -> list[RuntimeDeployment]:
    """Rollbacks of the environment entered whose return is held, newest first."""
    found = RuntimeDeployment.objects.filter(HELD, environment_id=door.environment())
    return list(found.order_by("-id"))


def held_against(release_ref: str) -> RuntimeDeployment | None:
    """The newest rollback here that undid this release and is still held."""
    return next((h for h in holds() if h.undoes_release_ref == release_ref), None)


def _ask_hold(held: RuntimeDeployment, *, imported: bool, override: str) -> None:
    said = (
        f"{held.undoes_release_ref} was undone by a rollback to {held.release_ref} "
        f"({held.reason or 'no reason given'}), which is held"
    )
    if imported or door.entered().actor.kind not in PEOPLE:
        raise Refused(f"{said}: a person must release it first.")
    if not override.strip():
        raise Refused(
            f"{said}: release it, or say why the release goes back all the same.",
            fields={"overrideHold": [f"{said}: say why it goes back all the same."]},
        )
