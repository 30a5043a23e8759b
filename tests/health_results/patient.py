"""Run as a process of its own: a worker whose upkeep waits for as long as it takes."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
django.setup()

# ruff: noqa: E402 - models are there once Django is set up.
from django.core.management import call_command

from apps.tenants import days

days.LOCK_TIMEOUT = "60s"
call_command("runtime_inventory_worker", "--once")
