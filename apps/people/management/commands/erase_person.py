from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.core.errors import NotFound
from apps.people.erasing import erase_person
from apps.people.models import Person
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Ends a person's access and what is known of them; leaves an id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", default="")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            person = Person.objects.filter(email=options["email"].strip().lower()).first()
            if person is None:
                raise NotFound("Nobody signs in with that address.")
            ended = erase_person(person.id, reason=options["reason"])
        self.say(f"{person.id} is erased.")
        return {"personId": str(person.id), "erased": True, "rolesEnded": ended}
