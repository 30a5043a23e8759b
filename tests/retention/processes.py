"""Runs of the purge in processes of their own, begun in a moment: forked from one that has the
portal loaded and no connection yet. They may be killed as the kernel kills.
"""

import multiprocessing
import time
from multiprocessing.process import BaseProcess

import django
from django.apps import apps
from django.db import connections

if not apps.ready:  # in the process that is forked from
    django.setup()

from apps.core import door
from apps.core.access import Actor
from apps.retention.runs import AnotherRun, Wanted, run_retention
from benchmarks.old_rows import Place
from tests.retention.ages import Aged

WORKER = Actor("worker", label="runtime-inventory-worker")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def begin_run(tenant: str, data_class: str = "") -> BaseProcess:
    """A run of that tenant (or all) and class on the database of the tests; join or kill it."""
    names = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    process = _context.Process(target=_run, args=(tenant, data_class, names), daemon=True)
    process.start()
    return process


def _run(tenant: str, data_class: str, names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].settings_dict["NAME"] = name
    while True:
        try:
            with door.using("steward"):
                run_retention(Wanted(tenant, data_class), actor=WORKER)
            return
        except AnotherRun:
            # The server has yet to see that whom it worked for is no more.
            time.sleep(0.01)


def place(found: Aged) -> Place:
    """Where old rows are made in their thousands."""
    return Place(found.schema, found.slug, found.environment)
