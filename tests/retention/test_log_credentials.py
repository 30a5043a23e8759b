"""Two credentials: the web's creates and reads, the steward's alone tiers and deletes."""

import os
import subprocess
import sys
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from apps.core.errors import NotFound, Refused
from apps.deployments.logs import chunks, write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment, steps_of
from apps.retention.store import Azure, Unwilling, store
from runtime_portal.launch.commands import WITHHELD
from runtime_portal.launch.shell import NAMES
from tests.core.doors import inside, new_environment
from tests.deployments.tails import read_tail
from tests.retention.azurite import STEWARD
from tests.retention.blobs import Container
from tests.world import World

STEWARDS = "STEWARD_AZURE_STORAGE_CONNECTION_STRING"


@pytest.fixture
def step(azure: Container, world: World) -> Any:
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        step = steps_of(request_deployment(release_ref="r1"))[0]
        write_step_log(step, b"one\ntwo\n")
        yield step


def test_a_log_is_one_block_blob_that_is_read_as_it_was_written(
    azure: Container, step: DeploymentStep
) -> None:
    assert read_tail(step) == ["one", "two"]
    assert b"".join(chunks(step)) == b"one\ntwo\n"
    found = azure.blob(step.log_path).get_blob_properties()
    assert (found.blob_type, found.size, str(found.blob_tier)) == ("BlockBlob", 8, "Hot")


def test_the_webs_credential_makes_and_reads_and_nothing_else(
    azure: Container, step: DeploymentStep
) -> None:
    web: Any = storages["step_logs"]
    blob = web.client.get_blob_client(step.log_path)
    attempts: list[Any] = [
        lambda: web.delete(step.log_path),
        lambda: blob.delete_blob(delete_snapshots="include"),
        lambda: blob.set_standard_blob_tier("Archive"),
        lambda: blob.upload_blob(b"other", overwrite=True),
        lambda: blob.stage_block("00000000", b"other"),
        lambda: blob.commit_block_list([]),
        lambda: blob.set_blob_metadata({"a": "b"}),
        lambda: blob.set_http_headers(),
        lambda: blob.set_blob_tags({"a": "b"}),
        lambda: blob.acquire_lease(),
        lambda: list(web.client.list_blobs()),
        lambda: web.client.delete_container(),
        lambda: web.client.set_container_access_policy({}, public_access="blob"),
    ]
    for number, attempt in enumerate(attempts):
        with pytest.raises(HttpResponseError) as refused:
            attempt()
        assert refused.value.status_code == 403, number
    assert azure.blob(step.log_path).download_blob().readall() == b"one\ntwo\n"
    assert azure.tier(step.log_path) == "Hot"


def test_a_log_of_100_mib_goes_in_one_request(azure: Container) -> None:
    """In parts it would take the right to write, which could overwrite."""
    from apps.deployments.logs import MAX_BYTES

    web = storages["step_logs"]
    assert web.save("acme/large", ContentFile(b"x" * MAX_BYTES)) == "acme/large"
    assert azure.blob("acme/large").get_blob_properties().size == MAX_BYTES


def test_who_loses_a_race_is_refused_and_overwrites_nothing(
    azure: Container, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    web: Any = storages["step_logs"]
    with inside(world.acme, environment_id=new_environment(world)):
        step = steps_of(request_deployment(release_ref="r1"))[0]
        path = f"acme/{step.environment_id}/{step.deployment_id}/{step.id}.log"
        azure.blob(path).upload_blob(b"theirs")
        real, calls = type(web).exists, iter(range(9))
        # It is there between the look and the writing.
        monkeypatch.setattr(type(web), "exists", lambda s, name: next(calls) > 1 and real(s, name))
        with pytest.raises(Refused, match="there already"):
            write_step_log(step, b"mine")
    assert azure.blob(path).download_blob().readall() == b"theirs"


def test_a_store_that_is_down_is_told_where_a_log_is_written_or_read(
    azure: Container, step: DeploymentStep, world: World
) -> None:
    other = steps_of(step.deployment)[0]
    azure.use(step_logs=azure.server.credential(STEWARD).replace(f":{azure.server.port}/", ":1/"))
    for reading in (read_tail, chunks):
        with pytest.raises(NotFound, match="cannot be read now") as told:
            reading(step)
        assert "sig=" not in told.value.message
    fresh = DeploymentStep.objects.get(id=other.id)
    fresh.log_path = ""
    with pytest.raises(Refused, match="could not be stored"):
        write_step_log(fresh, b"x")


def test_the_stewards_takes_away_and_says_what_will_not(
    azure: Container, step: DeploymentStep
) -> None:
    there = store()
    assert isinstance(there, Azure)
    lease = azure.blob(step.log_path).acquire_lease()
    for attempt in (there.cool, there.delete):
        with pytest.raises(Unwilling, match="LeaseIdMissing"):
            attempt(step.log_path)
    lease.release()
    there.cool(step.log_path)
    seen = there.look(step.log_path)
    assert seen is not None and (seen.tier, seen.size) == ("Cool", 8)
    there.delete(step.log_path)
    there.delete(step.log_path)
    assert there.look(step.log_path) is None


def test_the_web_process_is_not_told_the_stewards() -> None:
    assert STEWARDS in WITHHELD
    assert {"AZURE_STORAGE_CONNECTION_STRING", STEWARDS, "STEP_LOG_CONTAINER"} <= set(NAMES)


WEBS = "BlobEndpoint=http://127.0.0.1:1/a;SharedAccessSignature=sp=rc"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"AZURE_STORAGE_CONNECTION_STRING": WEBS}, "['step_logs']"),
        (
            {"AZURE_STORAGE_CONNECTION_STRING": WEBS, STEWARDS: f"{WEBS}dl"},
            "['step_logs', 'steward_step_logs']",
        ),
        ({}, "['step_logs', 'steward_step_logs']"),
        ({"AZURE_STORAGE_CONNECTION_STRING": WEBS, STEWARDS: WEBS}, "another credential"),
        ({STEWARDS: WEBS}, "AZURE_STORAGE_CONNECTION_STRING is missing"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "hush"}, "connection string is"),
        ({"STEP_LOG_CONTAINER": "Logs"}, "STEP_LOG_CONTAINER must be"),
        ({"STEP_LOG_CONTAINER": "a--b"}, "STEP_LOG_CONTAINER must be"),
    ],
)
def test_settings_take_two_credentials_or_none(given: dict[str, str], says: str) -> None:
    shown = (
        "from django.conf import settings; "
        "print([n for n in settings.STORAGES if n.endswith('step_logs')])"
    )
    environment = {k: v for k, v in os.environ.items() if "AZURE" not in k} | given
    environment["DJANGO_SETTINGS_MODULE"] = "runtime_portal.settings"
    ended = subprocess.run(
        [sys.executable, "-c", shown],
        cwd=configured.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert says in (ended.stdout if says.startswith("[") else ended.stderr)
    assert ended.returncode == (0 if says.startswith("[") else 2)
    assert "hush" not in ended.stderr
