"""Finding by terms: a condition that any list of searchable rows takes."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.search.models import SearchTerm
from apps.search.words import asked


def matching(kind: str, text: str) -> Q:
    """Rows that have, for every word typed, a term that begins with it. No words: no condition.

    Make it behind the door that the rows are read behind. `^@` alone, which is leakproof, so that
    the policies let the index be used.
    """
    condition = Q()
    for word in asked(text):
        condition &= _has(kind, word)
    return condition


def found_by(rows: QuerySet[Any], kind: str, name: str, text: str) -> list[QuerySet[Any]]:
    """The same where a thing's own `name` is indexed and no term: disjoint lists, to be merged.

    For one word two lists: names that begin with it, which lie side by side in the order of names,
    and things that have such a term, which lie anywhere. In one condition, or with names among
    the terms, PostgreSQL takes both for evenly spread, and walks most of the names to find them.
    """
    words = asked(text)
    begins = [Q(**{f"{name}__prefix": word}) for word in words]
    if len(words) == 1:
        return [rows.filter(begins[0]), rows.filter(~begins[0], _has(kind, words[0]))]
    for word, begin in zip(words, begins, strict=True):
        rows = rows.filter(begin | _has(kind, word))
    return [rows]


def _has(kind: str, word: str) -> Q:
    return Q(
        Exists(
            SearchTerm.objects.filter(
                environment_id=OuterRef("environment_id"),
                object_id=OuterRef("id"),
                object_type=kind,
                term__prefix=word,
            )
        )
    )
