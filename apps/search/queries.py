"""Finding by terms: a condition that any list of searchable rows takes."""

from django.db.models import Exists, OuterRef, Q

from apps.search.models import SearchTerm
from apps.search.words import asked


def matching(kind: str, text: str) -> Q:
    """Rows that have, for every word typed, a term that begins with it. No words: no condition.

    Make it behind the door that the rows are read behind. `^@` alone, which is leakproof, so that
    the policies let the index be used.
    """
    condition = Q()
    for word in asked(text):
        condition &= Q(
            Exists(
                SearchTerm.objects.filter(
                    environment_id=OuterRef("environment_id"),
                    object_id=OuterRef("id"),
                    object_type=kind,
                    term__prefix=word,
                )
            )
        )
    return condition
