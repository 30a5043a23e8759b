from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from apps.core import door
from apps.core.access import TOKEN_SCOPES
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.people.operations import create_api_client
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Makes an API client of a tenant and prints its token, once: only a hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument("--name", default="api client")
        parser.add_argument(
            "--scopes",
            required=True,
            nargs="+",
            metavar="SCOPE",
            help="runtime.<resource>.<read|write>, or 'all'",
        )
        parser.add_argument("--expires", metavar="DATE", help="ISO 8601; absent: never")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        scopes = [s for given in options["scopes"] for s in given.split(",") if s]
        if scopes == ["all"]:
            scopes = sorted(TOKEN_SCOPES)
        with door.using(OWNER), enter_platform(actor=self.actor):
            client, token = create_api_client(
                tenant_id=options["tenant"],
                name=options["name"],
                scopes=scopes,
                expires_at=_expiry(options["expires"]),
            )
        self.say(token)
        return {
            "clientId": str(client.id),
            "tenantId": client.tenant_id,
            "name": client.name,
            "scopes": client.scopes,
            "token": token,
        }


def _expiry(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise usage(f"--expires is no ISO 8601 date: {text}") from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found <= datetime.now(UTC):
        raise usage("--expires is in the past.")
    return found
