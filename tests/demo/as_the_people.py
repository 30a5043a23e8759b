"""Run with the demo's environment: signs in as each of its people and looks, as runtime.

Prints {email: services seen, or null on the platform; a token's tenant: the same}.
"""

import hashlib
import json
import sys
from pathlib import Path

import django

django.setup()

# ruff: noqa: E402 - models are there once Django is set up.
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import connection

from apps.core.access import Actor
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import each_partition, enter_platform, enter_tenant


def services_seen(tenant: str, actor: Actor) -> int:
    with enter_tenant(tenant, actor=actor) as entered:
        return sum(RuntimeService.objects.count() for _ in each_partition(entered))


def main() -> None:
    told = json.loads(Path(settings.STATE_DIR, "demo.json").read_text())
    seen: dict[str, object] = {}
    for person in told["people"]:
        found = authenticate(None, email=person["email"], password=person["password"])
        assert found is not None, person["email"]
        actor = Actor("person", found.pk, person["email"])
        if person["tenant"]:
            seen[person["email"]] = services_seen(person["tenant"], actor)
        else:
            with enter_platform(actor=actor) as entered:
                assert entered.rights.roles == (person["role"],)
            seen[person["email"]] = None
    for tenant, token in told["tokens"].items():
        with connection.cursor() as cursor:
            digest = hashlib.sha256(token.encode()).digest()
            cursor.execute("SELECT app.client_by_token(%s)", [digest])
            client = json.loads(cursor.fetchone()[0])
        assert client["tenant"] == tenant
        seen[tenant] = services_seen(tenant, Actor("client", client["id"]))
    json.dump(seen, sys.stdout)


main()
