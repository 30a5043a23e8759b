"""Asking for pages as somebody who is signed in."""

from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.people.models import Person

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def signed_in(person: Person) -> Client:
    """A browser with that person's session."""
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def get(client: Client, url: str) -> bytes:
    """The page; raises where it is none."""
    response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}")
    return response.content


def statements(client: Client, url: str) -> list[str]:
    """What the page sent to PostgreSQL, without BEGIN and COMMIT."""
    with CaptureQueriesContext(connections["default"]) as captured:
        get(client, url)
    return without_control([str(query["sql"]) for query in captured.captured_queries])


def without_control(sent: list[str]) -> list[str]:
    """Statements that read, write or set something."""
    return [sql for sql in sent if not sql.upper().startswith(CONTROL)]
