"""The archive of a custody export, and what is checked of it: with the public key, no database.

A tar of JSON lines, a file a table, and last of all the manifest: each file's SHA-256, bytes and
lines, signed. A byte that differs, a file that is not there, twice there or not named is a fault.
"""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

from apps.core.chain import canonical
from apps.retention.certificate_files import Fault
from apps.retention.signing import is_signed

CUSTODY = "runtime-portal/custody-export/1"
MANIFEST = "manifest.json"
MOST_OF_A_MANIFEST = 1 << 24
_AT_ONCE = 1 << 16


def check_custody(file: Path, key: str) -> dict[str, Any]:
    """What the manifest says. Raises Fault where the archive is not what that key's owner signed.

    Bounded memory, whatever the archive's size.
    """
    found: dict[str, dict[str, Any]] = {}
    manifest = b""
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None or member.name in found or manifest:
                    raise Fault(f"{member.name} does not belong there")
                if member.name == MANIFEST:
                    if member.size > MOST_OF_A_MANIFEST:
                        raise Fault("the manifest is too large")
                    manifest = stream.read()
                    continue
                found[member.name] = digest(stream)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Fault("the archive cannot be read") from error
    body = _signed(manifest, key)
    if body["files"] != [{"name": name, **of} for name, of in sorted(found.items())]:
        raise Fault("the files are not those that the manifest names")
    return body


def digest(stream: Any) -> dict[str, Any]:
    """SHA-256, bytes and lines of what the stream holds from here on."""
    sha256, size, lines = hashlib.sha256(), 0, 0
    while chunk := stream.read(_AT_ONCE):
        sha256.update(chunk)
        size += len(chunk)
        lines += chunk.count(b"\n")
    return {"sha256": sha256.hexdigest(), "bytes": size, "lines": lines}


def _signed(manifest: bytes, key: str) -> dict[str, Any]:
    try:
        found = json.loads(manifest)
        body, signature = found["manifest"], found["signature"]
        whole = canonical(found).encode() + b"\n" == manifest
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Fault("the manifest cannot be read") from error
    if not whole or not isinstance(body, dict) or body.get("kind") != CUSTODY:
        raise Fault("the manifest is not as it was written")
    if body.get("publicKey") != key or not isinstance(signature, str):
        raise Fault(f"the manifest names another key: {body.get('publicKey')}")
    if not is_signed(canonical(body).encode(), signature, key) or "files" not in body:
        raise Fault("the signature is not of this manifest and key")
    return body
