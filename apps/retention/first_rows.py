"""SQL of this app's migration: the floors, what refuses less, and what takes the lock."""

from apps.core.ids import uuid7
from apps.core.walls.classes import CLASSES
from apps.core.walls.ended import ENDED

# A hundred years: beyond it the arithmetic of days would fail, and with it every decision.
MAX_DAYS = 36_600
_POLICIES = "public.retention_retentionpolicy"
_HOLDS = "public.retention_legalhold"
_EXCEPTIONS = "public.retention_governanceexception"
_RUNS = "public.retention_retentionrun"
_RETURNS = "public.retention_windowreturn"


def floors(schema: str) -> list[str]:
    """The first version of each window, for all tenants. The constraints stand before it."""
    if schema != "public":
        return []
    return [
        f"ALTER TABLE {_POLICIES} ADD CONSTRAINT retention_policy_floor CHECK (coalesce("
        f"days BETWEEN app.retention_floor(data_class) AND {MAX_DAYS}, false))",
        f"ALTER TABLE {_HOLDS} ADD CONSTRAINT hold_classes CHECK (cardinality(data_classes) > 0 "
        "AND data_classes::text[] <@ app.retention_classes())",
        *[_first(name, found.days) for name, found in CLASSES.items()],
    ]


def _first(name: str, days: int) -> str:
    return (
        f"INSERT INTO {_POLICIES} (id, tenant_id, data_class, version, days, reason, set_by_label) "
        f"VALUES ('{uuid7()}', 'platform', '{name}', 1, {days}, 'the floor', 'installation')"
    )


def exceptions(schema: str) -> list[str]:
    """A class that is one, and the lock, for who withdraws."""
    if schema != "public":
        return []
    return [
        f"ALTER TABLE {_EXCEPTIONS} ADD CONSTRAINT exception_class "
        "CHECK (data_class = ANY (app.retention_classes()))",
        _lock(_EXCEPTIONS),
    ]


def older_functions(schema: str) -> list[str]:
    """Those whose place others with more parameters take."""
    return ["DROP FUNCTION IF EXISTS app.retention_window(text)"] if schema == "public" else []


def spending(schema: str) -> list[str]:
    """The end of a run spends the exception that it named."""
    if schema != "public":
        return []
    return [
        f"CREATE TRIGGER spends_exception AFTER UPDATE ON {_RUNS} "
        "FOR EACH ROW EXECUTE FUNCTION app.spends_exception()"
    ]


def days_that_have_gone(schema: str) -> list[str]:
    """No line of a day that stands is committed: asked at the commit, for the day goes after it."""
    if schema != "public":
        return []
    return [
        "CREATE CONSTRAINT TRIGGER day_has_gone AFTER INSERT ON public.retention_disposedday "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.day_has_gone()"
    ]


def return_floors(schema: str) -> list[str]:
    """No way back leads below the floor."""
    if schema != "public":
        return []
    return [
        f"ALTER TABLE {_RETURNS} ADD CONSTRAINT window_return_floor CHECK (coalesce("
        f"days BETWEEN app.retention_floor(data_class) AND {MAX_DAYS}, false))"
    ]


def locks(schema: str) -> list[str]:
    """Whoever writes a hold or a window waits until no batch of a purge is at work."""
    if schema != "public":
        return []
    return [_lock(table) for table in (_POLICIES, _HOLDS)]


def killed_before_certificates(schema: str) -> list[str]:
    """What was purged before there were leaves is never certified: such a run is not taken up."""
    if schema != "public":
        return []
    return [
        f"UPDATE {_RUNS} SET status = 'Interrupted', note = 'ended before there were certificates' "
        "WHERE status = 'Running' AND NOT dry_run"
    ]


def _lock(table: str) -> str:
    return (
        f"CREATE TRIGGER takes_retention_lock BEFORE INSERT OR UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION app.takes_retention_lock()"
    )


def floor_of_what_ended(schema: str) -> list[str]:
    """The first version of that class's window, where the installation is older than the class."""
    if schema != "public":
        return []
    known = "ON CONFLICT (tenant_id, data_class, version) DO NOTHING"
    return [f"{_first(ENDED, CLASSES[ENDED].days)} {known}"]
