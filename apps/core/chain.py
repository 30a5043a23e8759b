"""The chain of an audit trail: what is hashed, and how a chain is checked. Knows no database.

A chain is told by tenant and place: the schema of a data partition, or `public`. Its entries are
numbered 1, 2, 3 …; each hash is the SHA-256 of the canonical JSON (RFC 8785) of the entry's body,
which carries the hash of the one before. What describes people and things (before, after,
reason, address, the actor's label) stands beside the entry and is hashed as a salted digest, so
that it can go and the entry still verifies.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rfc8785

GENESIS = "0" * 64  # what the first entry of a chain carries as the hash of the one before
KINDS = ("before", "after", "reason", "address", "label")
BODY = (
    "id", "tenantId", "chain", "number", "previousHash", "at", "claimedAt", "actorKind", "actorId",
    "requestId", "action", "objectType", "objectId", "environmentId", "digests",
)  # fmt: skip


def canonical(value: Any) -> str:
    """The canonical JSON of a value; whole numbers beyond 2^53 become text, which has one."""
    try:
        return rfc8785.dumps(value).decode()
    except rfc8785.CanonicalizationError:
        return rfc8785.dumps(_told(value)).decode()


def _told(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _told(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    is_small = isinstance(value, int | float) and abs(value) < 2**53
    return value if is_small else str(value)


def new_salt() -> bytes:
    """128 random bits: without them a digest of a short value could be guessed."""
    return secrets.token_bytes(16)


def digest(kind: str, salt: bytes, value: str) -> str:
    """SHA-256 of the canonical JSON of {kind, salt, value}; `value` is canonical JSON already."""
    return hashlib.sha256(
        f'{{"kind":"{kind}","salt":"{salt.hex()}","value":{value}}}'.encode()
    ).hexdigest()


def moment(at: datetime) -> str:
    """A time as it is hashed: UTC, in microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def hash_of(body: Mapping[str, Any]) -> str:
    """Of the entry's body: exactly the names of BODY."""
    return hashlib.sha256(rfc8785.dumps({name: body[name] for name in BODY})).hexdigest()


@dataclass(frozen=True)
class Head:
    """Where a chain ends, as a row beside it says."""

    tenant_id: str
    chain: str
    number: int
    hash: str

    def as_json(self) -> dict[str, Any]:
        return {
            "tenantId": self.tenant_id, "chain": self.chain, "number": self.number,
            "hash": self.hash,
        }  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """The first thing that is not as it was written."""

    number: int
    what: str

    def as_json(self) -> dict[str, Any]:
        return {"number": self.number, "what": self.what}


@dataclass
class Check:
    """Follows one chain from its first entry; keeps the first fault, and counts.

    `entry` takes them in the order of their numbers, each the body with `hash` and `details`
    ({kind: {salt, value}} of what is still there). `through`: number and hash of an entry that it
    was once seen to end with.
    """

    tenant_id: str
    chain: str
    entries: int = 0
    forgotten: int = 0
    number: int = 0
    hash: str = GENESIS
    fault: Fault | None = None
    claimed: Head | None = field(default=None, repr=False)
    through: tuple[int, str] | None = None

    def entry(self, entry: Mapping[str, Any]) -> None:
        self.entries += 1
        if self.fault is None:
            self.fault = next((Fault(*found) for found in self._faults(entry)), None)
        self.number, self.hash = entry["number"], entry["hash"]

    def end(self, head: Head | None) -> None:
        """The chain must end where its head says."""
        self.claimed = head
        if self.fault is not None:
            return
        if self.through and self.through[0] > self.number:
            self.fault = Fault(self.number + 1, f"the end is cut off: it was at {self.through[0]}")
        elif head is None:
            self.fault = Fault(self.number, "the chain has no head")
        elif self.number < head.number:
            self.fault = Fault(self.number + 1, f"the end is cut off: the head is at {head.number}")
        elif self.number > head.number:
            self.fault = Fault(head.number + 1, "stands behind the head")
        elif self.hash != head.hash:
            self.fault = Fault(head.number, "is not the one that the head names")

    def _faults(self, entry: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        number, expected = entry["number"], self.number + 1
        if number > expected:
            yield expected, "is missing"
        elif number < expected:
            yield number, "stands where another number follows"
        if (entry["tenantId"], entry["chain"]) != (self.tenant_id, self.chain):
            yield number, "is of another chain"
        if entry["previousHash"] != self.hash:
            yield number, "does not carry the hash of the one before"
        if hash_of(entry) != entry["hash"]:
            yield number, "is not as it was written"
        if self.through and number == self.through[0] and entry["hash"] != self.through[1]:
            yield number, "is another one than was seen here before"
        yield from self._details(entry)

    def _details(self, entry: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        digests, details = entry["digests"], entry.get("details") or {}
        for kind, detail in sorted(details.items()):
            if kind not in digests:
                yield entry["number"], f"has a value ({kind}) that it was not written with"
            elif digest(kind, bytes.fromhex(detail["salt"]), detail["value"]) != digests[kind]:
                yield entry["number"], f"has another {kind} than it was written with"
        self.forgotten += len(digests.keys() - details.keys())

    def as_json(self) -> dict[str, Any]:
        return {
            "tenantId": self.tenant_id,
            "chain": self.chain,
            "entries": self.entries,
            "head": self.claimed.as_json() if self.claimed else None,
            "forgotten": self.forgotten,
            "ok": self.fault is None,
            "fault": self.fault.as_json() if self.fault else None,
        }
