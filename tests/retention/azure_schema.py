"""What Azure publishes of a lifecycle policy, as JSON schema: Microsoft.Storage/storageAccounts/
managementPolicies of API version 2023-01-01 and its page on policy rules; and a checker of as much
of JSON schema as that takes."""

import re
from typing import Any

_DAYS = {"type": "integer", "minimum": 0}
_MODIFIED = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "daysAfterModificationGreaterThan": _DAYS,
        "daysAfterLastAccessTimeGreaterThan": _DAYS,
        "daysAfterLastTierChangeGreaterThan": _DAYS,
        "daysAfterCreationGreaterThan": _DAYS,
    },
}
_CREATED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["daysAfterCreationGreaterThan"],
    "properties": {
        "daysAfterCreationGreaterThan": _DAYS,
        "daysAfterLastTierChangeGreaterThan": _DAYS,
    },
}
_VERBS = ("delete", "tierToArchive", "tierToCold", "tierToCool", "tierToHot")


def _actions(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {**dict.fromkeys(_VERBS, of), **more},
    }


POLICY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rules"],
    "properties": {
        "rules": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "type", "definition"],
                "properties": {
                    "enabled": {"type": "boolean"},
                    "name": {"type": "string", "pattern": "^[A-Za-z0-9]{1,256}$"},
                    "type": {"type": "string", "enum": ["Lifecycle"]},
                    "definition": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["actions"],
                        "properties": {
                            "filters": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["blobTypes"],
                                "properties": {
                                    "blobTypes": {
                                        "type": "array",
                                        "minItems": 1,
                                        "items": {"enum": ["blockBlob", "appendBlob"]},
                                    },
                                    # A container's name, then as much of a blob's.
                                    "prefixMatch": {
                                        "type": "array",
                                        "maxItems": 10,
                                        "items": {
                                            "type": "string",
                                            "pattern": "^[a-z0-9$][a-z0-9-]{1,62}(/.*)?$",
                                        },
                                    },
                                    "blobIndexMatch": {"type": "array", "maxItems": 10},
                                },
                            },
                            "actions": {
                                "type": "object",
                                "additionalProperties": False,
                                "minProperties": 1,
                                "properties": {
                                    "baseBlob": _actions(
                                        _MODIFIED, enableAutoTierToHotFromCool={"type": "boolean"}
                                    ),
                                    "snapshot": _actions(_CREATED),
                                    "version": _actions(_CREATED),
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
}  # fmt: skip


def problems(value: Any, schema: dict[str, Any], where: str = "$") -> list[str]:
    """What does not fit; empty where all does."""
    wanted = schema.get("type")
    if wanted and not isinstance(value, _TYPES[wanted]):
        return [f"{where} is no {wanted}"]
    if wanted == "integer" and isinstance(value, bool):
        return [f"{where} is no integer"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where} is none of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where} does not match {schema['pattern']}")
    if value.__class__ is int and value < schema.get("minimum", value):
        found.append(f"{where} is under {schema['minimum']}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{where} has {len(value)} items")
        for number, item in enumerate(value):
            found += problems(item, schema.get("items", {}), f"{where}[{number}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where}.{name} is missing" for name in schema.get("required", ())
                  if name not in value]  # fmt: skip
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{where} is empty")
        if schema.get("additionalProperties") is False:
            found += [f"{where}.{name} is unknown" for name in value if name not in known]
        for name, part in value.items():
            found += problems(part, known.get(name, {}), f"{where}.{name}")
    return found
