from typing import Any

from apps.core.commands import PortalCommand
from apps.retention.signing import public_key


class Command(PortalCommand):
    help = "Prints the public key of the certificates of retention runs, for verify_certificate."

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        key = public_key()
        self.say(key)
        return {"publicKey": key}
