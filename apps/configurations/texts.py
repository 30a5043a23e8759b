"""A payload as people write it: YAML or JSON, read within the limits of hostile input.

Neither comments nor the order of keys are kept: what is stored is the payload, not the text.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

from apps.configurations.canonical import MAX_BYTES
from apps.core.errors import Invalid
from apps.integrations.kubernetes.budget import Budget, Refused
from apps.integrations.kubernetes.json_reader import NotJson, read_json
from apps.integrations.kubernetes.limits import MAX_DIRECTIVES
from apps.integrations.kubernetes.records import UnreadableManifest
from apps.integrations.kubernetes.scalars import TAG, plain
from apps.integrations.kubernetes.yaml_reader import LOADER, Composer

FORMATS = (("yaml", "YAML"), ("json", "JSON"))
MORE = "there is more than one document"


def read(text: str, format: str) -> Any:
    """The payload; Invalid (of the field `text`) with line and column where it cannot be read."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise Invalid.field("text", f"must not be over {MAX_BYTES} bytes.")
    return _json(text) if format == "json" else _yaml(text)


def write(payload: Any, format: str) -> str:
    """Keys in their order, so that two versions can be laid side by side."""
    if format == "json":
        return json.dumps(payload, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return yaml.dump(payload, Dumper=_Dumper, allow_unicode=True, sort_keys=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Quotes what the reader would not take for text: `N` is a boolean to Kubernetes."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if isinstance(plain(text), str) else '"'
    return dumper.represent_scalar(f"{TAG}str", text, style=style)


_Dumper.add_representer(str, _text)


def located(error: Invalid, text: str) -> Invalid:
    """What is wrong inside the payload, told beside the field `text` with its path and place."""
    places = _places(text)
    found = []
    for path, problems in error.fields.items():
        where = places.get(path)
        told = f"{path} (line {where[0]}, column {where[1]})" if where else path
        found += [f"{told}: {problem}" for problem in problems]
    return Invalid(error.message, fields={"text": found or [error.message]})


def _json(text: str) -> Any:
    try:
        documents = list(islice(read_json("", text, _budget()), 2))
    except NotJson as error:
        raise Invalid.field("text", str(error)) from None
    except UnreadableManifest as error:
        raise Invalid.field("text", error.reason) from None
    return _only(documents)


def _yaml(text: str) -> Any:
    if text.count("\n%") > MAX_DIRECTIVES:
        raise Invalid.field("text", "there are too many directives.")
    documents: list[tuple[int, Any, str]] = []
    composer, mark = Composer(_budget()), None
    try:
        for event in yaml.parse(text, Loader=LOADER):
            mark = event.start_mark
            if isinstance(event, yaml.DocumentStartEvent):
                if documents:
                    raise Refused(MORE)
                composer = Composer(_budget())
            elif isinstance(event, yaml.DocumentEndEvent):
                documents.append((0, composer.root, composer.problem))
            else:
                composer.take(event)
    except yaml.YAMLError as error:
        # The error itself could quote the text, and with it a password.
        problem = getattr(error, "problem", None) or "a character that YAML does not allow"
        raise _at(getattr(error, "problem_mark", mark), f"it is not YAML: {problem}") from None
    except Refused as error:
        raise _at(mark, str(error)) from None
    return _only(documents)


def _budget() -> Budget:
    return Budget(nodes=200_000, text=MAX_BYTES, documents=2)


def _at(mark: Any, problem: str) -> Invalid:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return Invalid("The text cannot be read.", fields={"text": [f"{where}{problem}"[:300]]})


def _only(documents: list[tuple[int, Any, str]]) -> Any:
    if not documents:
        return {}
    if len(documents) > 1:
        raise Invalid.field("text", MORE)
    _, value, problem = documents[0]
    if problem:
        raise Invalid.field("text", problem)
    return {} if value is None else value


def _places(text: str) -> dict[str, tuple[int, int]]:
    """{path as the operations name it: (line, column)}; JSON is read as the YAML that it is."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:
        return {}
    return dict(_walk(root, "payload", 0)) if root is not None else {}


def _walk(node: Any, path: str, depth: int) -> Iterator[tuple[str, tuple[int, int]]]:
    yield path, (node.start_mark.line + 1, node.start_mark.column + 1)
    if depth > 64:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk(value, f"{path}.{key.value}", depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, f"{path}[{index}]", depth + 1)
