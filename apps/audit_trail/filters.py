"""What narrows a list of audit entries: each of it in the URL."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q

from apps.core.errors import Invalid
from apps.core.htmx import Filter, Input
from apps.people.models import Person

HUMANS, MACHINES = ("person", "operator"), ("client", "worker")
_KINDS = {
    "human": ("Human", HUMANS),
    "machine": ("Machine", MACHINES),
    "person": ("Person", ("person",)),
    "operator": ("Operator at the shell", ("operator",)),
    "client": ("API client", ("client",)),
    "worker": ("Worker", ("worker",)),
}


def narrowing() -> tuple[Filter | Input, ...]:
    """Who, what and when; all by columns of the entry, none by what is told beside it."""
    kinds = [("", "Human or machine"), *((key, label) for key, (label, _) in _KINDS.items())]
    return (
        Filter("kind", "Who", kinds, condition=lambda key: Q(actor_kind__in=_KINDS[key][1])),
        Input("action", "Action", lambda text: Q(action__prefix=text)),
        Input("object", "Object type", lambda text: Q(object_type=text)),
        Input("actor", "Actor (id or e-mail)", _by_actor),
        Input("from", "From", _from, type="date"),
        Input("until", "Until", _until, type="date"),
    )


TENANT = Input("tenant", "Tenant", lambda text: Q(tenant_id=text))


def about(words: str) -> Q:
    """By the beginning of the object's id."""
    return Q(object_id__prefix=words) if words else Q()


def _by_actor(text: str) -> Q:
    """By id; by the address of somebody who signs in, which leads to the same."""
    try:
        return Q(actor_id=UUID(text))
    except ValueError:
        found = Person.objects.filter(email=text.lower()).values_list("id", flat=True)
        return Q(actor_id__in=list(found))


def _from(text: str) -> Q:
    return Q(shown_at__gte=_midnight("from", text))


def _until(text: str) -> Q:
    """The whole of that day."""
    midnight = _midnight("until", text)
    return Q(shown_at__lt=min(midnight, datetime.max.replace(tzinfo=UTC) - _DAY) + _DAY)


_DAY = timedelta(days=1)


def _midnight(name: str, text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise Invalid.field(name, f"'{text}' is no date: write it as 2026-03-31.") from error
