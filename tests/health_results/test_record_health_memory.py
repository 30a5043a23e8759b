"""A long file is read as it comes: the memory of a process of its own does not grow with it."""

import json
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.health_results.lines import Place, make_place, many, write
from tests.tenant_bindings.test_worker import _environment

LINES = 200_000
# Of 200,000 lines over a thousand: what is kept for each batch of them is its audit entry.
GROWTH_MB = 25

_MEASURED = """
import json, resource, sys
import django
django.setup()
from django.core.management import call_command
try:
    call_command("record_health", *sys.argv[1:], "--format", "json")
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def measured(place: Place, *arguments: str, given: Path | None = None) -> tuple[int, int]:
    """(accepted, megabytes at most)."""
    environment = {**_environment(), "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"}
    with (given or Path("/dev/null")).open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, "--tenant", place.world.acme.slug,
             "--environment", str(place.environment), *arguments],
            cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, stdin=stdin,
            timeout=600, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["accepted"], int(done.stderr.split()[-1]) // 1024


def test_two_hundred_thousand_lines_take_no_more_memory_than_a_thousand(
    committed: None, tmp_path: Path
) -> None:
    place = make_place()
    few = write(tmp_path, many(1000))
    count, little = measured(place, str(few))
    assert count == 1000
    path = write(tmp_path, many(LINES, 3))
    count, much = measured(place, "-", given=path)
    assert count == LINES
    assert much - little < GROWTH_MB
    assert place.kept == LINES + 1000
