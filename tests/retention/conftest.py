"""Step logs in Azure Blob: a real Azurite, and a container of each test's own."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from apps.core.ids import uuid7
from tests.retention.azurite import Azurite, azurite, program
from tests.retention.blobs import Container


@pytest.fixture(scope="session")
def azure_server() -> Iterator[Azurite]:
    if program() is None:
        if os.environ.get("CI"):
            pytest.fail("Azurite is not installed: `make azurite` does it, and needs npm.")
        pytest.skip("Azurite is not installed: `make azurite` does it, and needs npm.")
    with azurite() as server:
        yield server


@pytest.fixture
def azure(azure_server: Azurite, settings: Any, committed: None) -> Container:
    """What is written from here on lies in Azure; each login has its own credential."""
    name = f"logs-{uuid7().hex[-12:]}"
    azure_server.owner.create_container(name)
    settings.STORAGES = {**settings.STORAGES, **azure_server.storages(name)}
    return Container(azure_server, name, settings)
