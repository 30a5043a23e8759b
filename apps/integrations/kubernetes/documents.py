"""From bytes to documents, within the limits. What breaks one of them refuses the whole import."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .budget import Budget
from .json_reader import NotJson, read_json
from .limits import MAX_BYTES
from .records import Source, UnreadableManifest
from .yaml_reader import read_yaml


@dataclass(frozen=True)
class Document:
    """One document of a file. Its value is None where it is empty; `problem` makes it unusable."""

    file: str
    number: int
    value: Any
    problem: str = ""


def read_documents(sources: Iterable[Source]) -> Iterator[Document]:
    """All documents, files by name: the order on the command line does not change the result."""
    budget, room = Budget(), MAX_BYTES
    for source in sorted(_within(sources, room), key=lambda one: (one.name, one.data)):
        for number, value, problem in _read(source, budget):
            yield Document(source.name, number, value, problem)


def _within(sources: Iterable[Source], room: int) -> Iterator[Source]:
    # Lengths first: a hundred megabytes are refused without a look inside.
    for source in sources:
        room -= len(source.data)
        if room < 0:
            reason = f"all files together are larger than {MAX_BYTES // 1024 // 1024} MiB"
            raise UnreadableManifest(source.name, None, reason)
        yield source


def _read(source: Source, budget: Budget) -> Iterator[tuple[int, Any, str]]:
    text = text_of(source)
    if not text.lstrip().startswith(("{", "[")):
        yield from read_yaml(source.name, text, budget)
        return
    try:
        # All at once: half of a file read as JSON must not be followed by all of it as YAML.
        yield from list(read_json(source.name, text, budget))
    except NotJson as error:
        if source.name.lower().endswith(".json"):
            raise UnreadableManifest(source.name, None, str(error)) from None
        yield from read_yaml(source.name, text, budget)


def text_of(source: Source) -> str:
    """UTF-8, or UTF-16 where its mark says so. Raises UnreadableManifest."""
    data = source.data
    # UTF-32's little-endian mark begins like UTF-16's; what follows then holds NUL characters.
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = "UTF-16" if utf16 else "UTF-8"
        reason = f"it is not {encoding} at byte {error.start}"
        raise UnreadableManifest(source.name, None, reason) from None
    if "\0" in text:
        raise UnreadableManifest(source.name, None, "there is a NUL character")
    return text
