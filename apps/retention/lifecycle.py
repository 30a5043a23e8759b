"""The lifecycle policy of an Azure storage account, as far as step logs are concerned.

A safety net behind the worker: it tiers and never deletes, because Azure settles conflicts in
favour of deletion and cannot spare a held blob. One rule a container, whole: a window is never
shorter for one tenant than the rule says. Azure counts from when a blob was written, which is
before its step ended by no more than the step lasted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.core.errors import Invalid, Refused

# What Azure takes in one account.
MOST_RULES = 100


def rule_name(container: str) -> str:
    """Letters and digits alone: what Azure takes in a rule's name."""
    words = container.replace("-", " ").split()
    return "RuntimePortal" + "".join(word.capitalize() for word in words)


def rule(container: str, days: int) -> dict[str, Any]:
    """Block blobs of that container, their snapshots and their earlier versions."""
    created = {"tierToCool": {"daysAfterCreationGreaterThan": days}}
    return {
        "enabled": True,
        "name": rule_name(container),
        "type": "Lifecycle",
        "definition": {
            "filters": {"blobTypes": ["blockBlob"], "prefixMatch": [f"{container}/"]},
            "actions": {
                "baseBlob": {"tierToCool": {"daysAfterModificationGreaterThan": days}},
                "snapshot": created,
                "version": dict(created),
            },
        },
    }


def merged(ours: Mapping[str, Any], existing: Any) -> dict[str, Any]:
    """`{"rules"}` with every other rule as it was, ours where it stood or at the end.

    `existing` is a policy, or what Azure answers for one (`properties.policy`, `policy`). Raises
    Invalid where it is none, Refused where another rule would delete in our container, or where
    there are too many.
    """
    rules = _rules(existing)
    container = ours["definition"]["filters"]["prefixMatch"][0]
    for other in rules:
        if other["name"] != ours["name"] and _deletes(other, container):
            raise Refused(
                f"The rule '{other['name']}' would delete step logs: Azure cannot spare what is "
                f"held. Give it prefixes that leave out '{container}', or disable it."
            )
    names = [one["name"] for one in rules]
    if ours["name"] in names:
        rules[names.index(ours["name"])] = dict(ours)
    else:
        rules.append(dict(ours))
    if len(rules) > MOST_RULES:
        raise Refused(f"Azure takes {MOST_RULES} rules in an account, and these are {len(rules)}.")
    return {"rules": rules}


def _rules(existing: Any) -> list[dict[str, Any]]:
    found = existing
    for wrapper in ("properties", "policy"):
        if isinstance(found, dict) and wrapper in found:
            found = found[wrapper]
    rules = found.get("rules") if isinstance(found, dict) else None
    if not isinstance(rules, list) or not all(
        isinstance(one, dict) and isinstance(one.get("name"), str) for one in rules
    ):
        raise Invalid.field("merge", "must be a lifecycle policy: an object with named 'rules'.")
    if len({one["name"] for one in rules}) < len(rules):
        raise Invalid.field("merge", "names two rules alike, which Azure does not take.")
    return list(rules)


def _deletes(other: Mapping[str, Any], container: str) -> bool:
    """Whether a rule that acts deletes, and may reach the container: no prefix reaches all."""
    if other.get("enabled") is False:
        return False
    definition = other.get("definition") or {}
    actions = definition.get("actions") or {}
    if not any("delete" in (action or {}) for action in actions.values()):
        return False
    filters = definition.get("filters") or {}
    if "blockBlob" not in (filters.get("blobTypes") or ["blockBlob"]):
        return False
    prefixes: Sequence[str] = filters.get("prefixMatch") or [""]
    return any(container.startswith(one) or one.startswith(container) for one in prefixes)
