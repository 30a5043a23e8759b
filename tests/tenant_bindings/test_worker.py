"""The web asks for a partition; the worker, a process of its own, makes it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from apps.core import door
from apps.core.access import Role
from apps.environments.operations import create_environment
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import make_partition_of
from apps.tenants.operations import onboard_tenant
from runtime_portal.launch.urls import make_url
from tests.world import OPERATOR, World, person_actor

ROOT = Path(__file__).parents[2]


def _environment() -> dict[str, str]:
    """The tests' own, turned to the database of this worker of the tests."""
    names = {
        "default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "steward": "DATABASE_STEWARD_URL",
    }  # fmt: skip
    found = dict(os.environ)
    # Never, within a worker's patience: other tests leave logs and rows that are nobody's.
    for job in ("CHECK_STEP_LOGS", "RUN_RETENTION"):
        found[f"CADENCE_{job}"] = "0 0 29 2 *"
    for alias, name in names.items():
        database = connections[alias].settings_dict["NAME"]
        found[name] = make_url({**conninfo_to_dict(os.environ[name]), "dbname": database})
    return found


def test_a_binding_made_in_the_console_becomes_active_by_the_worker(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    admin = person_actor(world.platform[Role.PLATFORM_ADMIN])
    slug = f"{world.acme.slug}-2"
    with enter_platform(actor=admin):
        onboard_tenant(slug=slug, name="Somebody new")
        environment = create_environment(
            tenant_id=slug, project_id="shop", name="prod", stage="prod", region="westeurope",
            isolation_model="silo",
        )  # fmt: skip
        binding = request_binding(tenant_id=slug, environment_id=environment.id, quota={})
        make_partition_of.defer(binding_id=str(binding.id))
    assert binding.status == "Pending"
    done = subprocess.run(
        [sys.executable, "manage.py", "runtime_inventory_worker", "--once"],
        cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    with door.using("owner"), enter_platform(actor=OPERATOR):
        assert RuntimeTenantBinding.objects.get(id=binding.id).status == "Active"
    with enter_tenant(slug, actor=OPERATOR, environment_id=environment.id) as entered:
        assert entered.partition == f"silo_{slug}"
