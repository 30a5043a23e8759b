"""The job of this app: releasing what is bound to an environment that is being decommissioned."""

from uuid import UUID

from django.db import DatabaseError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from apps.core import door
from apps.core.access import Actor
from apps.core.errors import Refused
from apps.environments.decommission import begin_decommissioning, release_all
from apps.environments.models import RuntimeEnvironment
from apps.people.models import Person

RUNTIME = "default"
# Whoever holds a tenant up is waited for; a right that was lost is not: somebody else asks again.
PATIENCE = RetryStrategy(max_attempts=1000, wait=30, retry_exceptions=(Refused, DatabaseError))


@app.task(name="release_bindings_of", queue="upkeep", retry=PATIENCE)
def release_bindings_of(environment_id: str, person_id: str) -> None:
    """Enters as who asked, behind the walls of runtime: rights are asked again at each binding."""
    with door.using(RUNTIME):
        person = Person.objects.get(id=person_id)
        ended = release_all(UUID(environment_id), actor=Actor("person", person.id, person.email))
    if ended.blocked:
        why = next(iter(ended.blocked.values()))
        raise Refused(f"{len(ended.blocked)} bindings are held up: {why}")


def ask_decommissioning(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """What console and admin do: no new work at once, the rest as a job of the same transaction.

    Asked again while it is Decommissioning, it goes on with the rights of who asks now.
    """
    environment = begin_decommissioning(environment_id, reason=reason)
    person = door.entered().actor.id
    release_bindings_of.defer(environment_id=str(environment_id), person_id=str(person))
    return environment
