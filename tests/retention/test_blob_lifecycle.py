"""`export_blob_lifecycle`: a policy that Azure takes, which tiers and never deletes."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import Invalid, Refused
from apps.retention.lifecycle import merged, rule
from tests.core.shell import Ended, manage, manage_process
from tests.retention.ages import aged
from tests.retention.azure_schema import POLICY, problems

OTHERS: dict[str, Any] = {
    "enabled": True,
    "name": "theirs",
    "type": "Lifecycle",
    "definition": {
        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["backups/"]},
        "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 7}}},
    },
    "somethingNew": {"kept": ["as", "it", "is"]},
}


def export(*arguments: Any) -> Ended:
    return manage("export_blob_lifecycle", *arguments)


def test_it_is_what_azure_publishes_and_tiers_after_90_days(committed: None) -> None:
    policy = export().json
    assert problems(policy, POLICY) == []
    (only,) = policy["rules"]
    assert (only["name"], only["enabled"]) == ("RuntimePortalStepLogs", True)
    assert only["definition"]["filters"] == {
        "blobTypes": ["blockBlob"], "prefixMatch": ["step-logs/"],
    }  # fmt: skip
    days = only["definition"]["actions"]["baseBlob"]["tierToCool"][
        "daysAfterModificationGreaterThan"
    ]
    assert days >= 90
    created = {"tierToCool": {"daysAfterCreationGreaterThan": days}}
    assert only["definition"]["actions"] == {
        "baseBlob": {"tierToCool": {"daysAfterModificationGreaterThan": days}},
        "snapshot": created,
        "version": created,
    }
    assert "delete" not in json.dumps(policy)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("type"),
        lambda r: r.update(name="step-logs and more"),
        lambda r: r.update(enabled="yes"),
        lambda r: r["definition"]["filters"].pop("blobTypes"),
        lambda r: r["definition"]["filters"].update(blobTypes=["pageBlob"]),
        lambda r: r["definition"]["filters"].update(prefixMatch=["/step-logs"]),
        lambda r: r["definition"].update(actions={}),
        lambda r: r["definition"]["actions"]["baseBlob"].update(tierToIce={}),
        lambda r: r["definition"]["actions"]["version"].update(
            tierToCool={"daysAfterModificationGreaterThan": 90}
        ),
        lambda r: r["definition"]["actions"]["baseBlob"].update(
            tierToCool={"daysAfterModificationGreaterThan": "90"}
        ),
    ],
)
def test_the_schema_refuses_what_azure_refuses(change: Any) -> None:
    broken = copy.deepcopy(rule("step-logs", 90))
    change(broken)
    assert problems({"rules": [broken]}, POLICY)


def test_the_longest_window_of_any_tenant_is_the_containers(committed: None) -> None:
    found = aged()
    longer = ("set_retention", "--tenant", found.slug, "--data-class", "step-log")
    assert manage(*longer, "--days", "4000", "--reason", "contract").code == 0
    (only,) = export().json["rules"]
    actions = only["definition"]["actions"]
    assert actions["baseBlob"]["tierToCool"] == {"daysAfterModificationGreaterThan": 4000}


@pytest.mark.parametrize("wrap", [
    lambda p: p,
    lambda p: {"policy": p},
    lambda p: {"id": "…", "properties": {"lastModifiedTime": "…", "policy": p}},
])  # fmt: skip
def test_others_rules_stay_as_they_are(committed: None, tmp_path: Path, wrap: Any) -> None:
    ours = {**rule("step-logs", 30), "enabled": False}
    file = tmp_path / "policy.json"
    after = {**OTHERS, "name": "after"}
    file.write_text(json.dumps(wrap({"rules": [OTHERS, ours, after]})))
    policy = export("--merge", file).json
    assert list(policy) == ["rules"]
    # Ours is replaced where it stood.
    assert [one["name"] for one in policy["rules"]] == ["theirs", ours["name"], "after"]
    assert (policy["rules"][0], policy["rules"][2]) == (OTHERS, after)
    assert policy["rules"][1] == export().json["rules"][0]
    # Merged again nothing changes.
    file.write_text(json.dumps(policy))
    assert export("--merge", file).json == policy


def test_where_there_is_none_of_ours_it_comes_last(committed: None, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"rules": [OTHERS]}))
    ended = manage_process("export_blob_lifecycle", "--merge", file)
    assert (ended.code, ended.err) == (0, "")
    assert [one["name"] for one in ended.json["rules"]] == ["theirs", "RuntimePortalStepLogs"]


def _deleting(**definition: Any) -> dict[str, Any]:
    return {**OTHERS, "definition": {**OTHERS["definition"], **definition}}


@pytest.mark.parametrize(
    "other",
    [
        _deleting(filters={"blobTypes": ["blockBlob"]}),
        _deleting(filters={"blobTypes": ["blockBlob"], "prefixMatch": []}),
        _deleting(filters={"blobTypes": ["blockBlob"], "prefixMatch": ["x/", "step-logs/acme/"]}),
        _deleting(filters={"blobTypes": ["blockBlob"], "prefixMatch": ["step-logs"]}),
        _deleting(filters={"blobTypes": ["blockBlob"], "prefixMatch": ["step"]}),
        _deleting(filters={}, actions={"version": {"delete": {"daysAfterCreationGreaterThan": 1}}}),
        {k: v for k, v in _deleting(filters=None).items() if k != "enabled"},
    ],
)
def test_a_rule_that_would_delete_step_logs_is_refused(
    committed: None, tmp_path: Path, other: dict[str, Any]
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"rules": [other]}))
    ended = export("--merge", file)
    assert (ended.code, ended.out) == (1, "")
    assert "'theirs' would delete step logs" in ended.err


@pytest.mark.parametrize(
    "other",
    [
        _deleting(filters={"blobTypes": ["appendBlob"]}),
        _deleting(filters={"blobTypes": ["blockBlob"], "prefixMatch": ["step-logs2/", "s2/"]}),
        {**_deleting(filters={}), "enabled": False},
        _deleting(filters={}, actions={"baseBlob": {"tierToCool": {}}}),
    ],
)
def test_a_rule_that_cannot_is_not(other: dict[str, Any]) -> None:
    assert merged(rule("step-logs", 90), {"rules": [other]})["rules"][0] == other


@pytest.mark.parametrize(
    "given", ["[]", "{}", '{"rules": {}}', '{"rules": [1]}', '{"rules": [{"name": 1}]}',
              '{"rules": [{"name": "a"}, {"name": "a"}]}', "null"],
)  # fmt: skip
def test_what_is_no_policy_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        merged(rule("step-logs", 90), json.loads(given))


def test_more_rules_than_azure_takes_are_refused() -> None:
    rules = [{**OTHERS, "name": f"r{n}"} for n in range(100)]
    with pytest.raises(Refused, match="100 rules"):
        merged(rule("step-logs", 90), {"rules": rules})
    assert len(merged(rule("step-logs", 90), {"rules": rules[1:]})["rules"]) == 100


@pytest.mark.parametrize("content", [None, "{"])
def test_a_file_that_is_not_there_or_no_json_is_wrong_usage(
    committed: None, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "policy.json"
    if content is not None:
        file.write_text(content)
    assert export("--merge", file).code == 2
