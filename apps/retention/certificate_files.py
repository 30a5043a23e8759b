"""The files of a certificate, and what is checked of them: with the public key, without a database.

Each is canonical JSON (RFC 8785) and one line end, so that a file says one thing in one way alone:
a byte that differs is a fault, wherever it stands.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from apps.core.chain import canonical
from apps.retention import merkle
from apps.retention.merkle import Leaf
from apps.retention.signing import is_signed

CERTIFICATE = "runtime-portal/retention-certificate/1"
PROOF = "runtime-portal/retention-proof/1"
_HASH = re.compile("[0-9a-f]{64}")
_CLASS = re.compile("[a-z][a-z-]{0,31}")


class Fault(Exception):
    """What is not as it was written, as a sentence's end."""


def written(value: Mapping[str, Any]) -> bytes:
    """The file that says this."""
    return canonical(value).encode() + b"\n"


def leaf_line(leaf: Leaf) -> str:
    """One leaf in a file of them all: exactly what is hashed of it."""
    return leaf.text() + "\n"


def check_certificate(file: bytes, key: str) -> dict[str, Any]:
    """What the certificate says. Raises Fault where that key's owner has not signed just this."""
    found = _read(file, "the certificate", {"certificate", "signature"})
    body, signature = found["certificate"], found["signature"]
    if not isinstance(body, dict) or body.get("kind") != CERTIFICATE:
        raise Fault("the file is no certificate")
    if body.get("publicKey") != key:
        raise Fault(f"the certificate names another key: {body.get('publicKey')}")
    if not isinstance(signature, str) or not is_signed(canonical(body).encode(), signature, key):
        raise Fault("the signature is not of this certificate and key")
    try:
        count, root = body["leaves"]["count"], body["leaves"]["root"]
        purged = sum(one["purged"] for one in body["classes"])
        days = [_day(day) for day in body.get("days", [])]
    except (KeyError, TypeError, ValueError) as error:
        raise Fault("the certificate lacks its counts or its root") from error
    by_days = sum(days)
    if type(count) is not int or count + by_days != purged:
        raise Fault(f"the counts are {purged}, the leaves {count}, the rows of days {by_days}")
    if not _is_hash(root) or (count == 0 and root != merkle.root([]).hex()):
        raise Fault("the root is not that of so many leaves")
    return body


def check_proof(file: bytes, body: Mapping[str, Any]) -> Leaf:
    """The row that the proof shows to be covered by a certificate that was checked."""
    names = {"kind", "certificateId", "dataClass", "id", "digest", "index", "path"}
    found = _read(file, "the proof", names)
    if found["kind"] != PROOF:
        raise Fault("the file is no proof")
    if found["certificateId"] != body["certificateId"]:
        raise Fault("the proof is for another certificate")
    leaf, way = _leaf(found), found["path"]
    if type(found["index"]) is not int or not isinstance(way, list) or not all(map(_is_hash, way)):
        raise Fault("the path is none")
    steps = [bytes.fromhex(step) for step in way]
    wanted = bytes.fromhex(body["leaves"]["root"])
    if not merkle.proves(leaf.hash(), found["index"], body["leaves"]["count"], steps, wanted):
        raise Fault("the path does not lead from this row to the root")
    return leaf


def check_leaves(lines: Iterable[bytes], body: Mapping[str, Any]) -> None:
    """Raises Fault where these are not all of the certificate's leaves, in their order."""
    count = 0

    def hashes() -> Iterable[bytes]:
        nonlocal count
        for line in lines:
            count += 1
            yield merkle.leaf_hash(line.removesuffix(b"\n"))

    if merkle.root(hashes()).hex() != body["leaves"]["root"] or count != body["leaves"]["count"]:
        raise Fault(f"the root is not that of these {count} leaves")


def _read(file: bytes, what: str, names: set[str]) -> dict[str, Any]:
    try:
        found = json.loads(file)
        if isinstance(found, dict) and found.keys() == names and written(found) == file:
            return found
    except (ValueError, RecursionError) as error:
        raise Fault(f"{what} cannot be read") from error
    raise Fault(f"{what} is not as it was written")


def _day(found: Mapping[str, Any]) -> int:
    """How many rows went with the day: one whole day in UTC, at least one row."""
    count = found["count"]
    begins, ends = (datetime.fromisoformat(found[name]) for name in ("from", "until"))
    whole = begins.time() == time.min and ends - begins == timedelta(days=1)
    if type(count) is not int or count < 1 or not whole or begins.utcoffset() != timedelta(0):
        raise Fault("a day that went is no whole day, or had no rows")
    return count


def _leaf(found: Mapping[str, Any]) -> Leaf:
    try:
        row_id = UUID(found["id"])
    except (ValueError, AttributeError, TypeError) as error:
        raise Fault("the row has no id") from error
    name, digest = found["dataClass"], found["digest"]
    if not isinstance(name, str) or not _CLASS.fullmatch(name) or not _is_hash(digest):
        raise Fault("the row has no data class or digest")
    if str(row_id) != found["id"]:
        raise Fault("the row's id is spelled otherwise")
    return Leaf(name, row_id, digest)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and bool(_HASH.fullmatch(value))
