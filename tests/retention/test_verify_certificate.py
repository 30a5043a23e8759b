"""`verify_certificate`: the file and the public key, no database; any byte that differs is told."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from apps.core.chain import canonical
from apps.retention.certificate_files import (
    Fault,
    check_certificate,
    check_leaves,
    check_proof,
    written,
)
from tests.core.shell import manage
from tests.isolation.logins import connect
from tests.retention.ages import DEPLOYMENTS
from tests.retention.certificates import changed, exported, key, leaves, old, run, verified


@dataclass
class Files:
    """Of one run: its certificate, the proof of a deployment's row, all of its leaves."""

    certificate: bytes
    proof: bytes
    leaves: bytes
    other: bytes  # another tenant's certificate
    key: str


@pytest.fixture(scope="module")
def files(world: Any, django_db_blocker: Any) -> Files:
    with django_db_blocker.unblock():
        found = old()
        before = found.ids(DEPLOYMENTS)
        run_id = run(found)
        gone = min(before - found.ids(DEPLOYMENTS))
        other = old()
        return Files(
            exported(found, run_id),
            exported(found, run_id, "--row", gone),
            exported(found, run_id, "--leaves"),
            exported(other, run(other)),
            key(),
        )


def _fault(files: Files, certificate: bytes, proof: bytes = b"", leaves: bytes = b"") -> str:
    """What is found wanting; empty where nothing is."""
    try:
        body = check_certificate(certificate, files.key)
        if proof:
            check_proof(proof, body)
        if leaves:
            check_leaves(leaves.splitlines(keepends=True), body)
    except Fault as fault:
        return str(fault)
    return ""


def test_what_was_exported_is_found_genuine(files: Files, tmp_path: Path) -> None:
    ended = verified(
        tmp_path, files.certificate, proof=files.proof, leaves=files.leaves, public=files.key
    )
    assert ended.code == 0, ended.out
    assert ended.json["ok"] is True
    assert ended.json["leaves"]["count"] == 8  # six rows, two blobs
    assert ended.json["proof"]["dataClass"] == "deployment-history"


def test_a_proof_shows_no_other_row(files: Files) -> None:
    told = json.loads(files.proof)
    others = {json.loads(line)["id"] for line in files.leaves.splitlines()} - {told["id"]}
    assert len(others) == 7
    assert not any(other in files.proof.decode() for other in others)


def test_it_takes_no_database(files: Files, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(files.certificate)
    (tmp_path / "key").write_text(files.key + "\n")
    bare = {"PATH": os.environ["PATH"], "STATE_DIR": str(tmp_path / "none")}

    def check() -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "manage.py", "verify_certificate", str(tmp_path / "c.json"),
             "--key", str(tmp_path / "key")],
            cwd=settings.BASE_DIR, env=bare, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ended.returncode, ended.stdout + ended.stderr

    code, told = check()
    assert code == 0, told
    assert "8 rows" in told
    (tmp_path / "c.json").write_bytes(files.certificate.replace(b'"count":8', b'"count":7'))
    code, told = check()
    assert (code, told.count("\n")) == (1, 1)
    assert "BROKEN" in told


@pytest.mark.parametrize("name", ["certificate", "proof", "leaves"])
def test_every_byte_counts(files: Files, name: str) -> None:
    given = {"certificate": files.certificate, "proof": files.proof, "leaves": files.leaves}
    file = given[name]
    assert _fault(files, **given) == ""
    for place in range(len(file)):
        for other in {0x20, 0x0A, 0x30, file[place] ^ 0x20, file[place] ^ 1} - {file[place]}:
            bent = file[:place] + bytes([other]) + file[place + 1 :]
            assert _fault(files, **{**given, name: bent}), (place, other)
    for bent in (file[:-2], file + b"\n", b" " + file, file + file, b"\xff" + file):
        assert _fault(files, **{**given, name: bent})


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("certificate", "leaves", "count"), 7),
        (("certificate", "leaves", "root"), "0" * 64),
        (("certificate", "classes", 0, "purged"), 0),
        (("certificate", "classes", 0, "heldBack"), []),
        (("certificate", "tenantId"), "globex"),
        (("certificate", "run", "interrupted"), True),
        (("certificate", "audit", "hash"), "0" * 64),
        (("certificate", "holds"), [{"number": 1}]),
        (("certificate", "kind"), "runtime-portal/retention-certificate/2"),
        (("certificate", "publicKey"), "0" * 64),
        (("certificate",), {}),
        (("signature",), "0" * 128),
        (("signature",), lambda signature: signature.upper()),
        (("signature",), None),
        (("more",), 1),
    ],
    ids=lambda value: "altered" if callable(value) else str(value),
)
def test_what_was_changed_in_the_certificate_is_told(
    files: Files, tmp_path: Path, keys: tuple[Any, ...], value: Any
) -> None:
    bent = changed(files.certificate, *keys, to=value)
    ended = verified(tmp_path, bent, public=files.key)
    assert ended.code == 1
    assert ended.json["ok"] is False
    assert ended.json["fault"]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("digest",), "0" * 64),
        (("digest",), lambda digest: digest.upper()),
        (("id",), "01900000-0000-7000-8000-000000000000"),
        (("id",), lambda identifier: identifier.upper()),
        (("id",), 1),
        (("dataClass",), "retired-service"),
        (("dataClass",), 'deployment-history","digest":"x'),
        (("index",), 0),
        (("index",), -1),
        (("index",), 10**6),
        (("index",), True),
        (("index",), 1.5),
        (("path",), []),
        (("path",), lambda path: path[:-1]),
        (("path",), lambda path: [*path, path[-1]]),
        (("path",), lambda path: list(reversed(path))),
        (("path",), lambda path: [step.upper() for step in path]),
        (("path",), "x"),
        (("path", 0), "0" * 64),
        (("certificateId",), "01900000-0000-7000-8000-000000000000"),
        (("kind",), "x"),
    ],
    ids=lambda value: "altered" if callable(value) else str(value),
)
def test_what_was_changed_in_the_proof_is_told(
    files: Files, tmp_path: Path, keys: tuple[Any, ...], value: Any
) -> None:
    bent = changed(files.proof, *keys, to=value)
    assert bent != files.proof
    ended = verified(tmp_path, files.certificate, proof=bent, public=files.key)
    assert ended.code == 1
    assert ended.json["fault"]


def test_a_proof_does_not_go_with_another_certificate(files: Files, tmp_path: Path) -> None:
    assert verified(tmp_path, files.other, public=files.key).code == 0
    ended = verified(tmp_path, files.other, proof=files.proof, public=files.key)
    assert ended.code == 1
    assert "another certificate" in ended.json["fault"]
    assert _fault(files, files.other, leaves=files.leaves)


def test_leaves_that_lack_one_or_have_one_twice_make_another_root(files: Files) -> None:
    lines = files.leaves.splitlines(keepends=True)
    for bent in (lines[1:], lines[:-1], [*lines, lines[-1]], lines[::-1]):
        assert _fault(files, files.certificate, leaves=b"".join(bent))


def test_what_another_key_has_signed_is_refused(files: Files, tmp_path: Path) -> None:
    """Whoever makes a key of their own can sign all the same: it is not the one that is asked."""
    mine = Ed25519PrivateKey.generate()
    public = mine.public_key().public_bytes_raw().hex()
    body = {**json.loads(files.certificate)["certificate"], "publicKey": public}
    forged = written({"certificate": body, "signature": mine.sign(canonical(body).encode()).hex()})
    assert verified(tmp_path, forged, public=public).code == 0
    assert verified(tmp_path, forged, public=files.key).code == 1
    body["publicKey"] = files.key
    claimed = written({"certificate": body, "signature": mine.sign(canonical(body).encode()).hex()})
    assert verified(tmp_path, claimed, public=files.key).code == 1
    assert verified(tmp_path, files.certificate, public=public).code == 1


@pytest.mark.parametrize("key", ["", "x" * 64, "AB" * 32, "ab" * 31])
def test_a_key_that_is_none_is_wrong_usage(files: Files, tmp_path: Path, key: str) -> None:
    file = tmp_path / "c.json"
    file.write_bytes(files.certificate)
    (tmp_path / "key").write_text(key)
    assert manage("verify_certificate", file, "--key", tmp_path / "key").code == 2
    assert manage("verify_certificate", tmp_path / "none", "--key", "ab" * 32).code == 2
    assert manage("verify_certificate", file).code == 2


@pytest.mark.parametrize(
    "file",
    [b"", b"{}", b"[]", b"null", b"[" * 10_000, b'{"certificate":NaN,"signature":1e999}\n',
     b'{"certificate":{"kind":"\\ud800"},"signature":""}\n', b"\xff\xfe{\x00}\x00"],
    ids=lambda value: "altered" if callable(value) else str(value),
)  # fmt: skip
def test_what_is_no_certificate_is_a_fault_and_no_error(
    files: Files, tmp_path: Path, file: bytes
) -> None:
    assert verified(tmp_path, file, public=files.key).code == 1
    assert verified(tmp_path, files.certificate, proof=file or b" ", public=files.key).code == 1


def test_leaves_moved_in_the_database_do_not_prove_what_was_signed(
    files: Files, committed: None, tmp_path: Path
) -> None:
    found = old()
    run_id = run(found)
    certificate = exported(found, run_id)
    ((_, row_id, _), *_) = leaves(found)
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            "UPDATE retention_disposedrow SET digest = repeat('0', 64) "
            "WHERE tenant_id = %s AND row_id = %s",
            [found.slug, row_id],
        )
    for proof in (exported(found, run_id, "--row", row_id), exported(found, run_id, "--row",
                  leaves(found)[-1][1])):  # fmt: skip
        assert verified(tmp_path, certificate, proof=proof, public=files.key).code == 1
