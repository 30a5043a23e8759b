"""Identifiers: UUIDv7 (RFC 9562), made here and never chosen by a client."""

import uuid

import uuid_utils.compat


def uuid7() -> uuid.UUID:
    """A UUIDv7: sorts by the millisecond in which it was made."""
    return uuid_utils.compat.uuid7()
