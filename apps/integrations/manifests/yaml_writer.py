"""Objects as multi-document YAML that every reader takes for the same text.

What YAML 1.1, YAML 1.2 and the readers between them could read as something else than text (`1e3`,
`on`, `0x1f`, a date) is quoted: PyYAML's own writer asks only its own reader.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

# What begins with a letter is no number; the words that some reader takes for something else.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./_-]*", re.ASCII)
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])


class _Writer(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else '"')


_Writer.add_representer(str, _text)


def write_yaml(objects: Iterable[Mapping[str, Any]]) -> str:
    """One document an object, keys in the order that they are given in."""
    return str(
        yaml.dump_all(
            objects,
            Dumper=_Writer,
            explicit_start=True,
            sort_keys=False,
            allow_unicode=True,
            width=2**31,
        )
    )
