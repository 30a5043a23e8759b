"""Azurite, Azure Blob's own emulator, with two credentials that it enforces as Azure does.

`make test` installs it by npm into `.venv/azurite` (tests/azurite/package-lock.json); one on the
PATH does too.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ResourceTypes,
    generate_account_sas,
)

ROOT = Path(__file__).resolve().parents[2]
# Azurite's own, published, the same everywhere.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# Azure asks for write where a tier is set; runtime's alone may make a blob.
WEB = AccountSasPermissions(read=True, create=True)
STEWARD = AccountSasPermissions(
    read=True, list=True, write=True, delete=True, delete_previous_version=True
)


def program() -> str | None:
    made = ROOT / ".venv" / "azurite" / "node_modules" / ".bin"
    return shutil.which("azurite-blob", path=f"{made}{os.pathsep}{os.environ.get('PATH', '')}")


@dataclass(frozen=True)
class Azurite:
    """A running server. The owner's key is for the tests alone."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def owner(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(
            f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.address}"
        )

    def credential(self, permissions: AccountSasPermissions) -> str:
        """A connection string that may so much and no more."""
        token = generate_account_sas(
            ACCOUNT, KEY, ResourceTypes(container=True, object=True), permissions,
            datetime.now(UTC) + timedelta(hours=6),
        )  # fmt: skip
        return f"BlobEndpoint={self.address};SharedAccessSignature={token}"

    def storages(self, container: str, **given: str) -> dict[str, Any]:
        """What settings.STORAGES says of step logs there."""
        credentials = {
            "step_logs": self.credential(WEB),
            "steward_step_logs": self.credential(STEWARD),
            **given,
        }
        return {
            name: {
                "BACKEND": "apps.deployments.log_storage.AzureLogs",
                "OPTIONS": {
                    "connection_string": value,
                    "azure_container": container,
                    "overwrite_files": False,
                },
            }
            for name, value in credentials.items()
        }

    def container(self, name: str) -> ContainerClient:
        return self.owner.get_container_client(name)


@contextmanager
def azurite() -> Iterator[Azurite]:
    """One for a session of tests, in memory, without telemetry."""
    found = program()
    assert found is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            found, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence",
            "--disableTelemetry", "--skipApiVersionCheck", "--silent",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield Azurite(port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                said = process.communicate()[0]
                raise RuntimeError(f"Azurite does not answer: {said}") from error
        time.sleep(0.05)
