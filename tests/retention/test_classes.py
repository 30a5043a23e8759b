"""Every table and every prefix of blobs says how long it is kept; nothing is kept by accident."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from apps.core.walls.classes import (
    BLOBS,
    CLASSES,
    TABLES,
    Copy,
    Follows,
    Governed,
    Passing,
    Record,
    Rest,
    governed,
)
from apps.core.walls.grants import ENVIRONMENT_TABLES, expected
from apps.search.models import Kind

OURS = {m._meta.db_table: m for m in apps.get_models() if m.__module__.startswith("apps.")}
# Where there are no models of ours: Django's own storage of files and pages.
OTHER_STORAGES = {"default", "staticfiles"}
# What has gone counts no more; what was seen of a log is written beside it.
STEWARD_WRITES = {
    "quotas_usage": ("storage_bytes",),
    "deployments_deploymentstep": (
        "log_tier", "log_observed_bytes", "log_observed_at", "log_problem",
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", sorted(OURS))
def test_a_table_names_its_class(table: str) -> None:
    assert table in TABLES, f"{table} is in no line of apps.core.walls.classes.TABLES"


def test_every_line_is_about_a_table_that_is_there() -> None:
    assert set(TABLES) == set(OURS)


def test_every_prefix_of_blobs_names_its_class() -> None:
    assert set(BLOBS) == set(settings.STORAGES) - OTHER_STORAGES
    assert set(BLOBS.values()) <= set(CLASSES)


def _columns(model: type[Model]) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_its_clock_and_its_reason_are_there(table: str) -> None:
    kind = TABLES[table]
    columns = _columns(OURS[table])
    if isinstance(kind, Governed):
        assert kind.data_class in CLASSES
        assert set(kind.columns) <= columns
        assert all(f"t.{column}" in kind.clock for column in kind.columns)
        for other, column in kind.named_by:
            assert column in _columns(OURS[other])
    elif isinstance(kind, Follows):
        assert kind.column in columns
        assert isinstance(TABLES[kind.table], Governed)
    elif isinstance(kind, Rest):
        assert kind.reason
        assert {kind.clock, kind.otherwise} - {""} <= columns
        for other, column in kind.named_by:
            assert column in _columns(OURS[other])
        assert set(kind.held_by) <= set(CLASSES)
    elif isinstance(kind, Passing):
        assert kind.reason
        assert kind.clock in columns
    elif isinstance(kind, Record):
        assert len(kind.reason.split()) >= 4
    else:
        assert isinstance(kind, Copy)
        assert {kind.kind, kind.column} <= columns
        assert all(isinstance(TABLES[source], Governed) for source in kind.sources.values())


@pytest.mark.parametrize("table", sorted(ENVIRONMENT_TABLES))
def test_the_steward_alone_may_delete_and_only_what_goes(table: str) -> None:
    grants = expected("shared", table)
    # A copy is replaced whenever its source changes.
    assert grants["runtime"].delete is isinstance(TABLES[table], Copy)
    kind = TABLES[table]
    ends = isinstance(kind, Rest) and kind.ends
    assert grants["steward"].delete is (isinstance(kind, Governed | Follows | Copy) or ends)
    assert not grants["steward"].insert
    assert grants["steward"].update == STEWARD_WRITES.get(table, ())


def test_every_kind_of_copy_has_its_source() -> None:
    terms = TABLES["search_searchterm"]
    assert isinstance(terms, Copy)
    assert set(terms.sources) == set(Kind.values)


def test_a_clock_column_is_nobodys_to_write() -> None:
    for table, kind in governed().values():
        assert not set(kind.columns) & set(expected("shared", table)["runtime"].update)


def test_purging_in_the_order_of_the_table_breaks_no_reference() -> None:
    """What names comes before what it names."""
    order = [table for table, _ in governed().values()]
    for table, kind in governed().values():
        for other, _ in kind.named_by:
            assert order.index(other) < order.index(table)


def test_a_class_is_read_by_classes() -> None:
    for found in CLASSES.values():
        assert set(found.read_by) <= set(CLASSES)
        assert found.days > 0
