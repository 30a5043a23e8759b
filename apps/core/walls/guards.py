"""One BEFORE trigger a table: sets and freezes clocks, keeps identity, knows the transitions.

The audit's entries have one after, too: they move the head of their chain. A policy cannot compare
old with new, hence the triggers. Times are the database's own now() at the transition, whoever
writes; only the owner may bring old ones, by `app.clock`. Every name is qualified: on Citus the
trigger runs on a worker with a bare search path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guard:
    """What the trigger of one table holds.

    `created`: columns set when the row is made. `companions`: {column: states}: set when the
    status first enters one of the states, frozen before and after. `frozen`: columns that never
    change. `frozen_unless`: {column: states}: may change only while the status was one of
    these. `edges`: the pairs (from, to) that the status may take; `initial`: the states a row may
    be made in. `once`: columns that are filled once and then frozen. `rising`: numbers that never
    fall. `recorded`: set to now() when the row is made, whoever writes, the owner too; what stands
    beside it as `claimed_<column>` is the owner's alone to give.

    Times that whoever writes may cause and nobody may choose: `stamps`: now() when first filled
    (they stand in `once` too); `stamped`: {column: another}: set whenever the other changes, empty
    while that is empty; `paired`: {column: text}: set when the text is filled, empty while it is
    empty; `deadlines`: {column: (interval, final states)}: that long from now whenever the status
    or the column itself is written, empty in a final state; `accepted`: {column: (before, ahead)}:
    given by whoever writes, within that much of now().

    `kept`: rows are never deleted, by the owner neither. `checks`: {"insert" | "update": further
    lines}. `afterwards`: the lines of a second trigger, AFTER INSERT, once a statement: what new
    rows (`written`) set off.
    """

    created: Sequence[str] = ()
    companions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    frozen: Sequence[str] = ("id", "tenant_id")
    frozen_unless: Mapping[str, Sequence[str]] = field(default_factory=dict)
    edges: Sequence[tuple[str, str]] = ()
    initial: Sequence[str] = ()
    once: Sequence[str] = ()
    rising: Sequence[str] = ()
    stamped: Mapping[str, str] = field(default_factory=dict)
    stamps: Sequence[str] = ()
    recorded: Sequence[str] = ()
    kept: bool = False
    checks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    afterwards: Sequence[str] = ()
    paired: Mapping[str, str] = field(default_factory=dict)
    deadlines: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    accepted: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def events(self) -> str:
        return "INSERT OR UPDATE OR DELETE" if self.kept else "INSERT OR UPDATE"

    def sql(self, schema: str, table: str) -> list[str]:
        """CREATE FUNCTION and CREATE TRIGGER, as single statements."""
        body = ["BEGIN", "IF TG_OP = 'INSERT' THEN", *self._insert(), *self._delete(), "ELSE",
                *self._update(), "END IF;", "RETURN NEW;", "END"]  # fmt: skip
        found = _trigger(schema, table, "guard", f"BEFORE {self.events}", "ROW", body)
        if self.afterwards:
            found += _trigger(
                schema, table, "afterwards", "AFTER INSERT", _STATEMENT, self.afterwards
            )
        return found

    def _delete(self) -> list[str]:
        if not self.kept:
            return []
        return [
            "ELSIF TG_OP = 'DELETE' THEN",
            "IF NOT app.moves_clocks() THEN",
            "RAISE EXCEPTION 'what is written here stays' USING ERRCODE = 'RP422'; END IF;",
            "RETURN OLD;",
        ]

    def _insert(self) -> list[str]:
        lines = [f"NEW.{column} := app.clock();" for column in self.created]
        for column in self.recorded:
            lines += [
                f"NEW.{column} := pg_catalog.now();",
                f"IF NOT app.is_owner() THEN NEW.claimed_{column} := NULL; END IF;",
            ]
        for column, (back, ahead) in self.accepted.items():
            lines += [
                f"IF (NEW.{column} < pg_catalog.now() - interval '{back}' "
                f"OR NEW.{column} > pg_catalog.now() + interval '{ahead}') "
                "AND NOT app.is_owner() THEN",
                f"RAISE EXCEPTION '{column} is accepted from {back} ago to {ahead} ahead' "
                "USING ERRCODE = 'RP422'; END IF;",
            ]
        if self.initial:
            lines += [
                f"IF NOT app.is_owner() AND NEW.status NOT IN ({_list(self.initial)}) THEN",
                "RAISE EXCEPTION 'a row begins as %', " + f"'{self.initial[0]}'"
                " USING ERRCODE = 'RP409'; END IF;",
            ]
        lines += [
            f"NEW.{column} := CASE WHEN NEW.status IN ({_list(states)}) THEN app.clock() END;"
            for column, states in self.companions.items()
        ]
        lines += [
            f"NEW.{column} := CASE WHEN NEW.{text} <> '' THEN app.clock() END;"
            for column, text in self.paired.items()
        ]
        lines += [
            f"IF NEW.{column} IS NOT NULL THEN NEW.{column} := app.clock(); END IF;"
            for column in self.stamps
        ]
        lines += [
            f"NEW.{column} := CASE WHEN NEW.{other}::text <> '' THEN app.clock() END;"
            for column, other in self.stamped.items()
        ]
        lines += [_deadline(column, *given) for column, given in self.deadlines.items()]
        return [*lines, *self.checks.get("insert", ())]

    def _update(self) -> list[str]:
        frozen = [*self.frozen, *self.created, *self.recorded]
        lines = [
            f"IF ({_row('NEW', frozen)}) IS DISTINCT FROM ({_row('OLD', frozen)}) "
            "AND NOT app.moves_clocks() THEN",
            f"RAISE EXCEPTION '{', '.join(frozen)} never change' USING ERRCODE = 'RP422'; END IF;",
        ]
        for column, states in self.frozen_unless.items():
            lines += [
                f"IF NEW.{column} IS DISTINCT FROM OLD.{column} "
                f"AND OLD.status NOT IN ({_list(states)}) THEN",
                f"RAISE EXCEPTION '{column} changes only while {' or '.join(states)}' "
                "USING ERRCODE = 'RP422'; END IF;",
            ]
        for column in self.once:
            lines += [
                f"IF OLD.{column}::text <> '' AND NEW.{column} IS DISTINCT FROM OLD.{column} THEN",
                f"RAISE EXCEPTION '{column} is written once' USING ERRCODE = 'RP422'; END IF;",
            ]
        for column in self.rising:
            lines += [
                f"IF NEW.{column} < OLD.{column} THEN",
                f"RAISE EXCEPTION '{column} never falls' USING ERRCODE = 'RP422'; END IF;",
            ]
        for column in self.stamps:
            lines += [
                f"IF OLD.{column} IS NULL AND NEW.{column} IS NOT NULL "
                "AND NOT app.moves_clocks() THEN",
                f"NEW.{column} := app.clock(); END IF;",
            ]
        if self.edges:
            pairs = ", ".join(f"('{a}', '{b}')" for a, b in self.edges)
            lines += [
                "IF NEW.status IS DISTINCT FROM OLD.status "
                f"AND (OLD.status, NEW.status) NOT IN ({pairs}) THEN",
                "RAISE EXCEPTION 'status cannot go from % to %', OLD.status, NEW.status "
                "USING ERRCODE = 'RP409'; END IF;",
            ]
        for column, states in self.companions.items():
            lines += [
                "IF NOT app.moves_clocks() THEN",
                f"NEW.{column} := CASE WHEN OLD.{column} IS NULL "
                "AND NEW.status IS DISTINCT FROM OLD.status "
                f"AND NEW.status IN ({_list(states)}) "
                f"THEN app.clock() ELSE OLD.{column} END;",
                "END IF;",
            ]
        for column, other in self.stamped.items():
            lines += [
                "IF NOT app.moves_clocks() THEN",
                f"NEW.{column} := CASE WHEN NEW.{other} IS NOT DISTINCT FROM OLD.{other} "
                f"THEN OLD.{column} WHEN NEW.{other}::text <> '' THEN app.clock() END;",
                "END IF;",
            ]
        for column, text in self.paired.items():
            lines += [
                "IF NOT app.moves_clocks() THEN",
                f"NEW.{column} := CASE WHEN NEW.{text} = '' THEN NULL "
                f"WHEN OLD.{text} = '' THEN app.clock() ELSE OLD.{column} END;",
                "END IF;",
            ]
        for column, given in self.deadlines.items():
            lines += [
                f"IF (NEW.status, NEW.{column}) IS DISTINCT FROM (OLD.status, OLD.{column}) "
                "AND NOT app.moves_clocks() THEN",
                _deadline(column, *given),
                "END IF;",
            ]
        return [*lines, *self.checks.get("update", ())]


_STATEMENT = "STATEMENT"


def _trigger(
    schema: str, table: str, name: str, when: str, each: str, body: Sequence[str]
) -> list[str]:
    new = "REFERENCING NEW TABLE AS written " if each == _STATEMENT else ""
    function, lines = f'"{schema}"."{table}_{name}"', "\n".join(body)
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$guard$\n{lines}\n$guard$",
        f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC",
        f'CREATE OR REPLACE TRIGGER {name} {when} ON "{schema}"."{table}" '
        f"{new}FOR EACH {each} EXECUTE FUNCTION {function}()",
    ]


def _deadline(column: str, interval: str, final: Sequence[str]) -> str:
    return (
        f"NEW.{column} := CASE WHEN NEW.status NOT IN ({_list(final)}) "
        f"THEN app.clock() + interval '{interval}' END;"
    )


def _list(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _row(record: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{record}.{column}" for column in columns)
