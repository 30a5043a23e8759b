"""One moment of the whole database, for reading it as the owner."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connections

from apps.core import door
from apps.core.commands import usage

OWNER = "owner"


@contextlib.contextmanager
def owners_snapshot() -> Iterator[Any]:
    """A cursor of the owner's in a REPEATABLE READ, read-only transaction."""
    if OWNER not in settings.DATABASES:
        raise usage("DATABASE_OWNER_URL is missing: only the owner sees every chain.")
    with door.using(OWNER), door.atomic(), connections[OWNER].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor
