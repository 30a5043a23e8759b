import secrets
from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.access import PLATFORM, Role
from apps.core.commands import PortalCommand, usage
from apps.core.errors import Refused
from apps.people.models import Membership
from apps.people.operations import create_person, grant_role
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = (
        "Makes the first admin and the first two governance officers of a platform that has "
        "nobody, and prints their passwords, once: each changes theirs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--officer", required=True, action="append", metavar="EMAIL")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        if len({options["admin"], *options["officer"]}) != 3 or len(options["officer"]) != 2:
            raise usage("one --admin and two --officer: three addresses.")
        wanted = [(options["admin"], Role.PLATFORM_ADMIN)]
        wanted += [(address, Role.GOVERNANCE_OFFICER) for address in options["officer"]]
        with door.using(OWNER), enter_platform(actor=self.actor):
            if Membership.objects.filter(tenant_id=PLATFORM).exists():
                raise Refused("The platform has people: they invite and propose others.")
            people = [self._make(address, role) for address, role in wanted]
        for made in people:
            self.say(f"{made['email']} ({made['role']}): {made['password']}")
        return {"people": people}

    def _make(self, address: str, role: Role) -> dict[str, str]:
        password = secrets.token_urlsafe(12)
        person = create_person(email=address, name=address.partition("@")[0], password=password)
        grant_role(person=person, tenant_id=PLATFORM, role=role)
        return {"email": person.email, "role": role.value, "password": password}
