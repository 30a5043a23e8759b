"""Every command: what it is for, `--format`, and wrong usage told from a refusal."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from apps.core.commands import PortalCommand

ROOT = Path(__file__).parents[2]
OURS = sorted(
    name
    for name, app in get_commands().items()
    if isinstance(app, str) and app.startswith(("apps.", "runtime_portal"))
)


def test_there_are_commands() -> None:
    files = [*ROOT.glob("apps/*/management/commands/[a-z]*.py")]
    files += ROOT.glob("runtime_portal/management/commands/[a-z]*.py")
    assert {path.stem for path in files} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_it_says_what_it_does_and_takes_a_format(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, PortalCommand)
    assert len(command.help.split()) >= 3
    assert command.help[0].isupper()
    assert command.help.endswith(".")
    text = command.create_parser("manage.py", name).format_help()
    assert "--format {text,json}" in text


@pytest.mark.parametrize("name", OURS)
def test_what_it_does_not_know_is_wrong_usage(name: str) -> None:
    with pytest.raises((CommandError, SystemExit)):
        call_command(name, "--no-such-option", stdout=io.StringIO(), stderr=io.StringIO())
