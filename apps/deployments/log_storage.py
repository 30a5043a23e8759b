"""Step logs in Azure Blob: block blobs, each put whole in one request and never overwritten.

One request, because a credential that may create and not write may put a blob and no part of one.
Short times and no retries: a transaction waits meanwhile. What goes wrong with the store is an
OSError, as it is with files.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from storages.backends.azure_storage import AzureStorage, AzureStorageFile

LARGEST_PUT = 128 * 1024 * 1024
SECONDS = 5
NO_BLOB = "BlobNotFound"


class StoreDown(OSError):
    """The store does not answer, or not to this credential: nothing follows about any blob."""


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Tells a store that does not answer (StoreDown) from one that says there is no such blob."""
    try:
        yield
    except ResourceNotFoundError as error:
        if code_of(error) == NO_BLOB:
            raise FileNotFoundError("there is no such blob") from error
        raise StoreDown(told(error)) from error
    except AzureError as error:
        raise StoreDown(told(error)) from error


def code_of(error: AzureError) -> str:
    """The store's own word for it: a container that is missing is a 404 too."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def told(error: AzureError) -> str:
    """In one line, without the address, which may carry a signature."""
    if isinstance(error, HttpResponseError) and error.status_code:
        return f"the store answers {error.status_code} ({code_of(error) or 'no reason given'})"
    return f"the store does not answer ({type(error).__name__})"


class AzureLogs(AzureStorage):
    """One container, as one credential reaches it."""

    def _get_service_client(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(
            self.connection_string,
            max_single_put_size=LARGEST_PUT,
            connection_timeout=SECONDS,
            read_timeout=SECONDS,
            retry_total=0,
        )

    def exists(self, name: str) -> bool:
        with answering():
            found: bool = super().exists(name)
            return found

    def _save(self, name: str, content: Any) -> str:
        """FileExistsError where it is there: some stores answer that with 403 to who may create."""
        try:
            with answering():
                saved: str = super()._save(name, content)
                return saved
        except StoreDown as error:
            if self.exists(name):
                raise FileExistsError(name) from error
            raise

    def _open(self, name: str, mode: str = "rb") -> AzureStorageFile:
        """Fetched here, so that what is not to be had is told before anything streams."""
        file = super()._open(name, mode)
        with answering():
            file.file  # noqa: B018  (fetches)
        return file

    def read_range(self, name: str, begins: int, length: int) -> bytes:
        """That part alone: the rest of a large blob is not fetched."""
        with answering():
            blob = self.client.get_blob_client(self._get_valid_path(name))
            found: bytes = blob.download_blob(offset=begins, length=length).readall()
            return found
