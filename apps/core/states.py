"""States: one TRANSITIONS table a model, one operation a verb, never `set_state(x)`."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.core.errors import Refused


@dataclass(frozen=True)
class Transition:
    """From which states a verb may start, and where it leads."""

    sources: frozenset[str]
    target: str


Transitions = Mapping[str, Transition]


def transition(target: str, *sources: str) -> Transition:
    return Transition(frozenset(sources), target)


def edges(transitions: Transitions) -> list[tuple[str, str]]:
    """Every (from, to) pair, for the trigger that holds them in the database."""
    return sorted({(source, t.target) for t in transitions.values() for source in t.sources})


class Stateful:
    """Mixed into models with `status` and `TRANSITIONS`."""

    TRANSITIONS: Transitions
    status: str

    def can(self, verb: str) -> bool:
        return self.status in self.TRANSITIONS[verb].sources

    def must(self, verb: str) -> None:
        """Refused names the states that the verb starts from."""
        if not self.can(verb):
            allowed = ", ".join(sorted(self.TRANSITIONS[verb].sources))
            raise Refused(
                f"A {self.status} {type(self)._meta.verbose_name} cannot "  # type: ignore[attr-defined]
                f"{verb.replace('_', ' ')}: only from {allowed}."
            )

    def move(self, verb: str) -> None:
        """Sets the status that the verb leads to; Refused where it does not start from here."""
        self.must(verb)
        self.status = self.TRANSITIONS[verb].target
