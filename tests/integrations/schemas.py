"""The published schemas of Kubernetes, strictly: a field that they do not know is refused.

Of the package kubernetes-validate; its own `validate` reads all definitions again for each object.
"""

import re
from functools import cache
from typing import Any

import yaml
from jsonschema.validators import Draft202012Validator
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

# The oldest version that the package has, and the newest.
VERSIONS = (all_versions()[0], all_versions()[-1])


def strictly(text: str) -> list[dict[str, Any]]:
    """The documents; jsonschema.ValidationError where one is not as the schemas have it."""
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        for version in VERSIONS:
            _validator(version, document["apiVersion"], document["kind"]).validate(document)
    return documents


@cache
def _validator(version: str, api_version: str, kind: str) -> Draft202012Validator:
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    folder = f"kubernetes-json-schema/v{version}-local-strict"
    schema = schema_contents(f"{folder}/{kind.lower()}-{group}.json", version)
    registry: Registry[Any] = Resource.from_contents(schema) @ _definitions(folder, version)
    return Draft202012Validator(schema, registry=registry)


@cache
def _definitions(folder: str, version: str) -> Any:
    return (
        Resource.from_contents(schema_contents(f"{folder}/_definitions.json", version)) @ Registry()
    )
