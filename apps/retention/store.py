"""The store of step logs as the steward reaches it: looks, tiers, deletes, lists.

"There is no such blob" is an answer; everything else that goes wrong is StoreDown (nothing follows
about any blob, and who asked stops) or Unwilling (this blob will not, for now). Must never take a
container, a folder or a credential that is missing for a blob that has gone.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages

from apps.deployments.log_storage import NO_BLOB, StoreDown, answering, code_of, told

ALIAS = "steward_step_logs"
COOL = "Cool"
# Answers about one blob: somebody's lease, a snapshot, an archived or an immutable one.
_ABOUT_ONE = (409, 412)
_ABOUT_ALL = ("ContainerBeingDeleted", "ContainerDisabled", "AccountBeingCreated")


class Unwilling(Exception):
    """This blob will not, for a reason that may pass."""


@dataclass(frozen=True)
class Blob:
    """What the store says of one. `tier` is empty where there are none."""

    path: str
    size: int
    written_at: datetime
    tier: str = ""


class Store(Protocol):
    """`has_tiers`: whether `cool` does anything here."""

    has_tiers: bool

    def look(self, path: str) -> Blob | None:
        """None: there is no such blob, nor an earlier version of it."""

    def cool(self, path: str) -> None:
        """Asks for the cool tier; what came of it, a look tells."""

    def delete(self, path: str) -> None:
        """With its snapshots and versions; what has gone already is no error."""

    def below(self, prefix: str) -> Iterator[Blob]:
        """Every blob whose path begins so; `prefix` ends in `/`."""

    def folders(self, prefix: str = "") -> list[str]:
        """The next step of the paths below, each ending in `/`; what lies there loose, whole."""


def store() -> Store:
    """The steward's; StoreDown in a process that has no credential for it."""
    if ALIAS not in settings.STORAGES:
        raise StoreDown("STEWARD_AZURE_STORAGE_CONNECTION_STRING is missing")
    found = storages[ALIAS]
    return Files(found) if isinstance(found, FileSystemStorage) else Azure(found)


class Files:
    """Plain files: no tiers, and nothing but this code keeps one from being deleted."""

    has_tiers = False

    def __init__(self, storage: FileSystemStorage) -> None:
        self.storage = storage
        self.root = Path(storage.location)

    def look(self, path: str) -> Blob | None:
        try:
            return self._blob(path, Path(self.storage.path(path)).stat())
        except FileNotFoundError:
            if not self.root.is_dir():
                raise StoreDown(f"there is no folder {self.root}") from None
            return None

    def cool(self, path: str) -> None:
        raise Unwilling("files have no tiers")

    def delete(self, path: str) -> None:
        try:
            self.storage.delete(path)
        except OSError as error:
            raise Unwilling(error.strerror or type(error).__name__) from error

    def below(self, prefix: str) -> Iterator[Blob]:
        for folder, _, names in os.walk(self.storage.path(prefix)):
            for name in names:
                file = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):
                    yield self._blob(str(file.relative_to(self.root)), file.stat())

    def folders(self, prefix: str = "") -> list[str]:
        folder = self.root / prefix
        if not folder.is_dir():
            return []
        return sorted(
            f"{prefix}{entry.name}{'/' if entry.is_dir() else ''}" for entry in os.scandir(folder)
        )

    @staticmethod
    def _blob(path: str, found: os.stat_result) -> Blob:
        return Blob(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


class Azure:
    """One container of Azure Blob."""

    has_tiers = True

    def __init__(self, storage: Storage) -> None:
        self.container: Any = storage.client  # type: ignore[attr-defined]
        self.name: str = storage.azure_container  # type: ignore[attr-defined]

    def look(self, path: str) -> Blob | None:
        try:
            with answering():
                found = self.container.get_blob_client(path).get_blob_properties()
        except FileNotFoundError:
            return self._leftover(path)
        return Blob(path, found.size, found.last_modified, str(found.blob_tier or ""))

    def cool(self, path: str) -> None:
        with _willing():
            self.container.get_blob_client(path).set_standard_blob_tier(COOL)

    def delete(self, path: str) -> None:
        with _willing():
            try:
                self.container.delete_blob(path, delete_snapshots="include")
            except ResourceNotFoundError as error:
                if code_of(error) != NO_BLOB:
                    raise
        for blob in self._versions(path):
            with _willing():
                self.container.delete_blob(path, version_id=blob.version_id)

    def below(self, prefix: str) -> Iterator[Blob]:
        with answering():
            for blob in self.container.list_blobs(name_starts_with=prefix):
                yield Blob(blob.name, blob.size, blob.last_modified, str(blob.blob_tier or ""))

    def folders(self, prefix: str = "") -> list[str]:
        with answering():
            return [blob.name for blob in self.container.walk_blobs(prefix, delimiter="/")]

    def _versions(self, path: str) -> list[Any]:
        """Earlier ones, in an account that keeps them: a deleted blob is one of these."""
        with answering():
            found = self.container.list_blobs(name_starts_with=path, include=["versions"])
            return [blob for blob in found if blob.name == path and blob.version_id]

    def _leftover(self, path: str) -> Blob | None:
        for blob in self._versions(path):
            return Blob(path, blob.size, blob.last_modified, str(blob.blob_tier or ""))
        return None


@contextlib.contextmanager
def _willing() -> Iterator[None]:
    """Tells an answer about this blob (Unwilling) from a store that is down."""
    try:
        yield
    except ResourceNotFoundError as error:
        if code_of(error) == NO_BLOB:
            raise Unwilling("there is no such blob") from error
        raise StoreDown(told(error)) from error
    except HttpResponseError as error:
        if error.status_code in _ABOUT_ONE and code_of(error) not in _ABOUT_ALL:
            raise Unwilling(told(error)) from error
        raise StoreDown(told(error)) from error
    except AzureError as error:
        raise StoreDown(told(error)) from error
