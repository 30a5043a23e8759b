"""Step logs: written once beside the database, through Django's storage API.

The path is made from a row that was read through the walls, never from a request. The blob is
written before the row says so: a log that no row names is an orphan that upkeep reports; a row
that names a missing log would be a lie.
"""

import contextlib
import hashlib
from collections.abc import Iterator

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, storages

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.deployments.models import DeploymentStep
from apps.quotas.operations import spend_storage

MAX_BYTES = 100 * 1024 * 1024


def tiered() -> bool:
    """Whether step logs lie in a store that has tiers. Files have none."""
    return not isinstance(storages["step_logs"], FileSystemStorage)


def log_path(step: DeploymentStep) -> str:
    """`<tenant>/<environment>/<deployment>/<step>.log`; the tenant's prefix ends in `/`."""
    return f"{step.tenant_id}/{step.environment_id}/{step.deployment_id}/{step.id}.log"


def write_step_log(step: DeploymentStep, content: bytes) -> None:
    """Writes the step's log, once: Refused the second time, Invalid over 100 MiB, or OverQuota.

    Locks the usage row before the blob is written: a log that does not fit leaves no orphan.
    """
    door.require("runtime.deployments.write")
    if len(content) > MAX_BYTES:
        raise Invalid.field("log", f"must not be over {MAX_BYTES} bytes.")
    if step.log_path:
        raise Refused(f"The log of step '{step.name}' is written already.")
    path = log_path(step)
    with door.atomic():
        # The step before the usage, in the order of locks that apps.quotas.operations fixes.
        DeploymentStep.objects.select_for_update().filter(id=step.id).values_list("id").first()
        spend_storage(size=len(content))
        _store(path, content, step.name)
        step.log_path = path
        step.log_bytes = len(content)
        step.log_sha256 = hashlib.sha256(content).hexdigest()
        step.save(update_fields=["log_path", "log_bytes", "log_sha256"])
        audit.record(
            "step.log_written",
            object_type="deployment",
            object_id=step.deployment_id,
            environment_id=step.environment_id,
            after={"step": step.name, "bytes": step.log_bytes, "sha256": step.log_sha256},
        )


def _store(path: str, content: bytes, name: str) -> None:
    storage = storages["step_logs"]
    try:
        # Whoever loses a race leaves an orphan for the upkeep: this credential deletes nothing.
        if not storage.exists(path) and storage.save(path, ContentFile(content)) == path:
            return
    except FileExistsError:
        pass
    except OSError as error:
        raise Refused(f"The log of step '{name}' could not be stored: {error}.") from error
    raise Refused(f"The log of step '{name}' is there already.")


def read_range(step: DeploymentStep, begins: int, length: int) -> bytes:
    """That much of the log from there, and no more is read; NotFound where the log is not there."""
    if not step.log_path or length <= 0:
        return b""
    storage = storages["step_logs"]
    with _reading():
        if isinstance(storage, FileSystemStorage):
            with storage.open(step.log_path, "rb") as file:
                file.seek(begins)
                return bytes(file.read(length))
        found: bytes = storage.read_range(step.log_path, begins, length)  # type: ignore[attr-defined]
        return found


def chunks(step: DeploymentStep) -> Iterator[bytes]:
    """The raw log, for a download; NotFound at once where there is none.

    Files only: no queryset is open while it streams.
    """
    return _stream(_opened(step))


def _stream(opened: "File[bytes]") -> Iterator[bytes]:
    with opened as file:
        yield from file.chunks()


def _opened(step: DeploymentStep) -> "File[bytes]":
    if not step.log_path:
        raise NotFound("The log is not in its place.")
    with _reading():
        return storages["step_logs"].open(step.log_path, "rb")


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("The log is not in its place.") from error
    except OSError as error:
        raise NotFound(f"The log cannot be read now: {error}.") from error
