"""Which beginnings find a text: lower-cased here, because lower() in SQL is not leakproof.

A term is what remains of the text from the beginning of one of its words on, so that
`payments-api` is found by `pay`, by `api` and by `payments-a`.
"""

import re
from collections.abc import Iterator

LONGEST = 120  # characters of a term, and of a word that is searched for
MOST_WORDS = 8
_WORD = re.compile(r"[^\s._/:@-]+")


def terms(text: str) -> Iterator[str]:
    """One for each word of the text, and the text itself."""
    text = _clean(text)
    yield from whole(text)
    for word in _WORD.finditer(text):
        yield text[word.start() :][:LONGEST]


def image_terms(image: str) -> Iterator[str]:
    """Of an image: from each word of its repository on. Registry host and tag are no words."""
    text = _clean(image)
    first, slash, _ = text.partition("/")
    start = len(first) + 1 if slash and ("." in first or ":" in first) else 0
    end = min((at for at in (text.find(":", start), text.find("@")) if at >= 0), default=None)
    for word in _WORD.finditer(text[:end], start):
        yield text[word.start() :][:LONGEST]


def whole(text: str) -> Iterator[str]:
    """The text alone, where its parts say nothing by themselves."""
    if cleaned := _clean(text):
        yield cleaned[:LONGEST]


def asked(text: str) -> list[str]:
    """The words of what somebody typed, as terms begin: all must be met."""
    words = (word[:LONGEST] for word in _clean(text).split()[:MOST_WORDS])
    return list(dict.fromkeys(words))


def begins(text: str, words: list[str]) -> bool:
    """Whether a text that has no terms in the table is found by these words."""
    found = list(terms(text))
    return bool(words) and all(any(t.startswith(word) for t in found) for word in words)


def _clean(text: str) -> str:
    """Lower-cased; without NUL and halves of surrogate pairs, which no column can hold."""
    return text.replace("\x00", "").lower().encode(errors="ignore").decode().strip()
