import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.access import TOKEN_SCOPES
from tests.core.doors import rolled_back_as, run
from tests.core.shell import manage
from tests.core.spare import spare_world

READ = "runtime.services.read"


def _create(*more: Any, scopes: tuple[str, ...] = (READ,), tenant: str = "") -> Any:
    tenant = tenant or spare_world().acme.slug
    return manage("create_api_client", "--tenant", tenant, "--scopes", *scopes, *more)


def test_the_token_is_shown_once_and_works(committed: None) -> None:
    made = _create("--name", "ci", "--format", "json")
    assert (made.code, made.err) == (0, "")
    shown = made.json
    assert set(shown) == {"clientId", "tenantId", "name", "scopes", "token"}
    assert (shown["tenantId"], shown["name"], shown["scopes"]) == ("acme-spare", "ci", [READ])
    digest = hashlib.sha256(shown["token"].encode()).digest()
    with rolled_back_as("default"):
        ((known,),) = run("SELECT app.client_by_token(%s)", [digest])
    assert shown["clientId"] in str(known)


def test_in_words_the_token_alone_is_said(committed: None) -> None:
    made = _create()
    assert made.code == 0
    assert made.out.startswith("rp_")
    assert len(made.out.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("all",), sorted(TOKEN_SCOPES)),
        ((f"{READ},runtime.drift.read",), ["runtime.drift.read", READ]),
        ((READ, "runtime.drift.read"), ["runtime.drift.read", READ]),
    ],
)
def test_scopes_are_given_by_one_word_or_several(
    committed: None, scopes: tuple[str, ...], expected: list[str]
) -> None:
    assert _create("--format", "json", scopes=scopes).json["scopes"] == expected


@pytest.mark.parametrize(
    "scopes", [("runtime.tenants.write",), ("nothing",), (READ, "all"), (",",)]
)
def test_a_scope_that_no_token_carries_is_named_by_its_field(
    committed: None, scopes: tuple[str, ...]
) -> None:
    ended = _create("--format", "json", scopes=scopes)
    assert ended.code == 1
    assert list(ended.json["fields"]) == ["scopes"]
    assert ended.err.startswith("scopes: ")


@pytest.mark.parametrize("expires", ["tomorrow", "2020-01-01", "2020-01-01T00:00:00+00:00"])
def test_an_end_that_cannot_be_is_wrong_usage(committed: None, expires: str) -> None:
    ended = _create("--expires", expires)
    assert (ended.code, ended.out) == (2, "")
    assert "--expires" in ended.err


def test_an_end_is_kept(committed: None) -> None:
    end = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    client = _create("--expires", end.isoformat(), "--format", "json").json["clientId"]
    with rolled_back_as("owner"):
        assert run("SELECT expires_at FROM people_apiclient WHERE id = %s", [client]) == [(end,)]


@pytest.mark.parametrize("tenant", ["nobody", "platform"])
def test_a_client_is_of_a_tenant(committed: None, tenant: str) -> None:
    ended = _create(tenant=tenant)
    assert (ended.code, ended.out, ended.err) == (1, "", f"There is no tenant '{tenant}'.\n")
