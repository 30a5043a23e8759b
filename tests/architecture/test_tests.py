"""Each page has a test file of its own name: `service_list` is tested by `test_service_list.py`.

Pages of a tenant are tested in `tests/console/`, those of the platform in `tests/platform/`.
"""

from pathlib import Path

import pytest
from django.urls import URLPattern

from tests.architecture.test_urls import OURS
from tests.console.places import EXPECTED

ROOT = Path(__file__).parents[1]
PLATFORM = ("platform_home", "healthz", "readyz", "metrics")
OF_THE_PLATFORM = (
    "tenants",
    "environments",
    "bindings",
    "platform_audit",
    "platform_freezes",
    "platform_people",
    "platform_retention",
    "fleet_search",
    "governance",
    "upkeep",
)


def _folder(namespace: str, name: str) -> Path:
    is_platform = name in PLATFORM or namespace in OF_THE_PLATFORM
    return ROOT / ("platform" if is_platform else "console")


@pytest.mark.parametrize(("namespace", "pattern"), OURS, ids=lambda value: str(value)[:60])
def test_a_page_has_a_test_file_of_its_name(namespace: str, pattern: URLPattern) -> None:
    name = str(pattern.name)
    assert (_folder(namespace, name) / f"test_{name}.py").exists()


def test_every_page_is_in_the_table_of_expected_codes_and_nothing_else() -> None:
    names = {f"{namespace}:{p.name}" if namespace else str(p.name) for namespace, p in OURS}
    assert set(EXPECTED) == names
