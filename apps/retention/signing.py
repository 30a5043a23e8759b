"""Ed25519: the key that signs certificates, and the public one that checks them.

Both are 64 hexadecimal characters. The private one is a setting of the worker and of the shell;
the web has none.
"""

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from apps.core.errors import Refused

_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


def _private() -> Ed25519PrivateKey:
    key: str = settings.CERTIFICATE_SIGNING_KEY
    if not key:
        raise Refused("CERTIFICATE_SIGNING_KEY is missing: what goes could not be certified.")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))


def public_key() -> str:
    """Of the key that signs here. Raises Refused where there is none."""
    return _private().public_key().public_bytes_raw().hex()


def sign(text: bytes) -> str:
    """Raises Refused where there is no key."""
    return _private().sign(text).hex()


def is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text))


def is_signed(text: bytes, signature: str, key: str) -> bool:
    """Whether that public key's owner signed exactly this; one spelling of it alone is taken."""
    if not _SIGNATURE.fullmatch(signature):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), text
        )
    except (InvalidSignature, ValueError):
        return False
    return True
