"""Search terms: copies of the words by which a tenant's things are found, in their partition."""

from django.db import models
from django.db.models import Q

from apps.core.models import EnvironmentModel
from apps.search.words import LONGEST


class Kind(models.TextChoices):
    """What a term leads to."""

    SERVICE = "service"
    DEPLOYMENT = "deployment"
    CONFIGURATION = "configuration"
    FINDING = "finding"


class SearchTerm(EnvironmentModel):
    """One word of one thing. A copy: written with its source's row, and it goes with it."""

    object_type = models.CharField(max_length=16, choices=Kind.choices, editable=False)
    object_id = models.UUIDField(editable=False)
    # Under the collation C a plain btree serves `^@`, as text_pattern_ops does under others.
    term = models.CharField(max_length=LONGEST, db_collation="C", editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "search term"
        indexes = [
            # From a beginning to the things that have it.
            models.Index(
                fields=["tenant_id", "object_type", "term"],
                include=["environment_id", "object_id"],
                name="search_term",
            ),
        ]
        constraints = [
            # From a thing to its terms: a list in its own order asks each row, and a change
            # replaces them.
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "object_id", "object_type", "term"],
                name="search_term_once",
            ),
            models.CheckConstraint(
                condition=Q(object_type__in=Kind.values), name="search_term_kind"
            ),
            models.CheckConstraint(condition=~Q(term=""), name="search_term_not_empty"),
        ]

    def __str__(self) -> str:
        return self.term
