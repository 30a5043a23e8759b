"""`manage.py verify_audit` and `export_audit`: what an auditor runs, and what it says."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from apps.core.chain_reading import export
from tests.core.shell import manage
from tests.core.spare import spare_world
from tests.world import World

TENANT = "acme-spare"


@pytest.fixture
def exported(committed: None, tmp_path: Path) -> Path:
    spare_world()
    file = tmp_path / "acme.jsonl"
    assert manage("export_audit", "--tenant", TENANT, "--output", file).code == 0
    return file


def verified(file: Path, *lines: str) -> Any:
    file.write_text("".join(lines))
    return manage("verify_audit", "--file", file, "--format", "json")


def faults(ended: Any) -> list[dict[str, Any]]:
    return [chain["fault"] for chain in ended.json["chains"] if chain["fault"]]


def test_whole_chains_are_told_and_the_exit_code_is_0(committed: None) -> None:
    spare_world()
    ended = manage("verify_audit", "--tenant", TENANT, "--format", "json")
    assert ended.code == 0
    chains = {chain["chain"]: chain for chain in ended.json["chains"]}
    assert set(chains) == {"public", "shared", f"pool_{TENANT}", f"silo_{TENANT}"}
    for chain in chains.values():
        assert chain["ok"] is True
        assert chain["entries"] == chain["head"]["number"] > 0
        assert chain["tenantId"] == TENANT
    text = manage("verify_audit", "--tenant", TENANT).out
    assert len(text.splitlines()) == 4
    assert text.count(" ok\n") == 4


def test_a_broken_chain_is_named_and_the_exit_code_is_1(fresh: Callable[[], World]) -> None:
    slug = fresh().acme.slug
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL app.moves_clocks = 'on'")
        cursor.execute(
            "UPDATE public.core_auditentry SET action = 'x.y' WHERE tenant_id = %s AND number = 2",
            [slug],
        )
        cursor.execute("COMMIT")
    ended = manage("verify_audit", "--tenant", slug)
    assert ended.code == 1
    assert f"{slug}  public" in ended.out
    assert "BROKEN at 2: is not as it was written" in ended.out
    as_json = manage("verify_audit", "--tenant", slug, "--format", "json")
    assert as_json.code == 1
    assert faults(as_json) == [{"number": 2, "what": "is not as it was written"}]


def test_what_was_exported_verifies_and_is_for_its_owner_alone(exported: Path) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    ended = manage("verify_audit", "--file", exported, "--format", "json")
    assert ended.code == 0
    assert len(ended.json["chains"]) == 4
    lines = [json.loads(line) for line in exported.read_text().splitlines()]
    assert set(lines[0]) == {"head"}
    assert "previousHash" in lines[1]


def test_an_export_of_longer_chains_than_a_batch_is_whole(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.core.chain_reading.BATCH", 2)
    with connections["owner"].cursor() as cursor:
        again = [json.loads(json.dumps(line)) for line in export(cursor, TENANT)]
    assert again == [json.loads(line) for line in exported.read_text().splitlines()]


def test_a_file_that_was_cut_off_shows(exported: Path) -> None:
    lines = exported.read_text().splitlines(keepends=True)
    ended = verified(exported, *lines[:-1])
    assert ended.code == 1
    assert [f["what"][:18] for f in faults(ended)] == ["the end is cut off"]
    half = verified(exported, *lines[:-1], lines[-1][:40])
    assert faults(half)[0]["what"] == "cannot be read"


def test_a_line_that_was_changed_removed_or_moved_shows(exported: Path) -> None:
    lines = exported.read_text().splitlines(keepends=True)
    changed = lines[2].replace('"actorKind": "', '"actorKind": "x')
    assert faults(verified(exported, *lines[:2], changed, *lines[3:]))[0]["number"] == 2
    assert faults(verified(exported, *lines[:2], *lines[3:]))[0]["number"] == 2
    assert verified(exported, lines[0], lines[2], lines[1], *lines[3:]).code == 1
    assert verified(exported, *lines).code == 0


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "not JSON\n", '{"head": 7}\n'])
def test_what_is_no_export_is_wrong_usage(tmp_path: Path, text: str) -> None:
    ended = verified(tmp_path / "file", text)
    assert ended.code == 2
    assert "cannot be read as an export" in ended.err
    assert manage("verify_audit", "--file", tmp_path / "none").code == 2


def test_an_end_that_was_there_before_must_still_be_there(
    fresh: Callable[[], World], tmp_path: Path
) -> None:
    slug = fresh().acme.slug
    earlier = tmp_path / "earlier.json"
    earlier.write_text(manage("verify_audit", "--tenant", slug, "--format", "json").out)
    assert manage("verify_audit", "--tenant", slug, "--since", earlier).code == 0
    told = json.loads(earlier.read_text())
    for chain in told["chains"]:
        chain["head"]["number"] += 1
    earlier.write_text(json.dumps(told))
    ended = manage("verify_audit", "--tenant", slug, "--since", earlier)
    assert ended.code == 1
    assert ended.out.count("the end is cut off: it was at") == 4
    earlier.write_text("{}")
    assert manage("verify_audit", "--since", earlier).code == 2


def test_a_chain_that_was_there_before_and_is_not_any_more_shows(
    committed: None, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.json"
    head = {"tenantId": "nobody", "chain": "public", "number": 3, "hash": "0" * 64}
    earlier.write_text(json.dumps({"chains": [{"head": head}]}))
    ended = manage("verify_audit", "--tenant", "nobody", "--since", earlier)
    assert ended.code == 1
    assert "nobody  public" in ended.out
    spare_world()
    assert manage("verify_audit", "--tenant", TENANT, "--since", earlier).code == 0


def test_an_export_of_nobody_is_refused_and_no_file_is_overwritten(
    exported: Path, committed: None
) -> None:
    assert manage("export_audit", "--tenant", "nobody").code == 1
    ended = manage("export_audit", "--tenant", TENANT, "--output", exported)
    assert ended.code == 2
    out = manage("export_audit", "--tenant", TENANT).out
    assert out == exported.read_text()
