"""One BEFORE trigger a table: sets and freezes clocks, keeps identity, knows the transitions.

A policy cannot compare old with new, hence the trigger. Times are the database's own now() at
the transition, whoever writes; only the owner may bring old ones, by `app.clock`. Every name
is qualified: on Citus the trigger runs on a worker with a bare search path.
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
    fall. `stamps`: times that whoever writes may cause and nobody may choose: now() when first
    filled (they stand in `once` too). `recorded`: set to now() when the row is made, whoever
    writes, the owner too; what stands beside it as `claimed_<column>` is the owner's alone to give.
    """

    created: Sequence[str] = ()
    companions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    frozen: Sequence[str] = ("id", "tenant_id")
    frozen_unless: Mapping[str, Sequence[str]] = field(default_factory=dict)
    edges: Sequence[tuple[str, str]] = ()
    initial: Sequence[str] = ()
    once: Sequence[str] = ()
    rising: Sequence[str] = ()
    stamps: Sequence[str] = ()
    recorded: Sequence[str] = ()

    def sql(self, schema: str, table: str) -> list[str]:
        """CREATE FUNCTION and CREATE TRIGGER, as single statements."""
        name = f'"{schema}"."{table}_guard"'
        body = "\n".join(
            ["BEGIN", "IF TG_OP = 'INSERT' THEN", *self._insert(), "ELSE", *self._update(),
             "END IF;", "RETURN NEW;", "END"]
        )  # fmt: skip
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$guard$\n{body}\n$guard$",
            f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC",
            f'CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE ON "{schema}"."{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]

    def _insert(self) -> list[str]:
        lines = [f"NEW.{column} := app.clock();" for column in self.created]
        for column in self.recorded:
            lines += [
                f"NEW.{column} := pg_catalog.now();",
                f"IF NOT app.is_owner() THEN NEW.claimed_{column} := NULL; END IF;",
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
            f"IF NEW.{column} IS NOT NULL THEN NEW.{column} := app.clock(); END IF;"
            for column in self.stamps
        ]
        return lines

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
        return lines


def _list(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _row(record: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{record}.{column}" for column in columns)
