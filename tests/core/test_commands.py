"""What an operator at the shell meets: exit codes, JSON alone on stdout, errors by field."""

import pytest

from tests.core.shell import manage, manage_process
from tests.world import World

COMMANDS = (
    "onboard_tenant", "migrate_partitions", "create_environment", "create_api_client",
    "bind_tenant", "suspend_binding", "resume_binding", "release_binding",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_without_a_database(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = manage(command, "--help")
    said = ended.out + capsys.readouterr().out
    assert ended.code == 0
    assert "--format {text,json}" in said
    assert said.startswith("usage: ")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "migrate_partitions"])
def test_a_command_without_what_it_needs_is_wrong_usage(command: str) -> None:
    ended = manage(command)
    assert ended.code == 2
    assert "required" in ended.err
    assert ended.out == ""


def test_at_a_real_shell_wrong_usage_ends_with_two_and_a_refusal_with_one(
    world: World, committed: None
) -> None:
    wrong = manage_process("create_environment", "--tenant", "acme")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--project" in wrong.err
    assert "Traceback" not in wrong.err
    taken = manage_process("onboard_tenant", "acme", "--name", "Acme", "--format", "json")
    assert taken.code == 1
    assert "never used again" in taken.json["error"]
    assert "Traceback" not in taken.err


def test_a_value_that_is_wrong_usage_ends_with_two_at_a_real_shell(
    world: World, committed: None
) -> None:
    ended = manage_process(
        "bind_tenant", "acme", "--environment", world.acme.environments["pool"], "--quota", "{"
    )
    assert (ended.code, ended.out) == (2, "")
    assert "--quota is not JSON" in ended.err
    assert "Traceback" not in ended.err


def test_partitions_that_are_current_are_left_alone(world: World, committed: None) -> None:
    assert manage("migrate_partitions", "--format", "json").json == {"migrated": []}
    assert manage("migrate_partitions", "--jobs", 4).out == "Every partition is current.\n"
