"""Who is in a place: a read that pages, forms and both admins share."""

from typing import Any

from django.db.models import Exists, OuterRef

from apps.people.models import Membership, Person


def people_of(place: str, **more: Any) -> Any:
    """People with a live role in that place, a tenant or the platform."""
    live = Membership.objects.filter(tenant_id=place, person=OuterRef("pk"), ended_at=None, **more)
    return Person.objects.filter(Exists(live))
