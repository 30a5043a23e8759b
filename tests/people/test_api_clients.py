import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.access import PLATFORM_RESOURCES, TOKEN_SCOPES, Actor
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.operations import fail_deployment
from apps.people.operations import create_api_client, revoke_api_client
from apps.services.operations import retire_service
from apps.tenant_bindings.context import enter_tenant
from tests.console.people import as_admin
from tests.core.doors import now, on_platform, rolled_back_as, run
from tests.world import World

READ = "runtime.services.read"


def _client(**more: Any) -> Any:
    return create_api_client(**{"tenant_id": "acme", "name": "ci", "scopes": [READ], **more})


def test_a_token_stands_nowhere_in_the_database(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        with on_platform(world):
            client, token = _client()
        tables = run(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'shared', 'pool_acme')"
        )
        secret = token.removeprefix("rp_")
        for schema, table in tables:
            for found in (secret, token.encode().hex(), secret[8:]):
                where = "strpos(t::text, %s) > 0"
                (count,) = run(
                    f'SELECT count(*) FROM "{schema}"."{table}" t WHERE {where}', [found]
                )
                assert count == (0,), f"{schema}.{table}"
        kept = run("SELECT token_hash, prefix FROM people_apiclient WHERE id = %s", [client.id])
    assert len(tables) > 20
    assert [(bytes(digest), prefix) for digest, prefix in kept] == [
        (hashlib.sha256(token.encode()).digest(), token[:10])
    ]


def test_two_tokens_are_never_alike(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        tokens = {_client()[1] for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) == 46 and token.startswith("rp_") for token in tokens)


@pytest.mark.parametrize(
    ("scopes", "named"),
    [
        (["runtime.everything.write"], "runtime.everything.write"),
        ([READ, "*"], "*"),
        (["Runtime.Services.Read"], "Runtime.Services.Read"),
        *[([f"runtime.{r}.{v}"], r) for r in PLATFORM_RESOURCES for v in ("read", "write")],
        (["runtime.environments.write"], "runtime.environments.write"),
        (["runtime.bindings.write"], "runtime.bindings.write"),
        ([], "none given"),
    ],
)
def test_a_scope_that_no_token_carries_is_named(
    world: World, committed: None, scopes: list[str], named: str
) -> None:
    with rolled_back_as("owner"), on_platform(world) as entered:
        with pytest.raises(Invalid) as refusal:
            _client(scopes=scopes)
        assert entered.entries == []
    (message,) = refusal.value.fields["scopes"]
    assert named in message.split(": choose from")[0]


@pytest.mark.parametrize("tenant", ["nobody", "platform"])
def test_a_client_is_of_a_tenant(world: World, committed: None, tenant: str) -> None:
    with rolled_back_as("owner"), on_platform(world), pytest.raises(NotFound):
        _client(tenant_id=tenant)


@pytest.mark.parametrize("name", ["", " ", "x" * 121])
def test_a_client_has_a_name(world: World, committed: None, name: str) -> None:
    with rolled_back_as("owner"), on_platform(world), pytest.raises(Invalid) as refusal:
        _client(name=name)
    assert list(refusal.value.fields) == ["name"]


def test_scopes_are_kept_once_each_and_told_in_the_audit(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world) as entered:
        client, token = _client(scopes=[READ, "runtime.drift.read", READ])
        (entry,) = entered.entries
    assert client.scopes == ["runtime.drift.read", READ]
    assert entry.after == {"name": "ci", "scopes": client.scopes}
    assert entry.tenant_id == "acme"
    assert token not in str(vars(entry))


def _known(token: str) -> Any:
    digest = hashlib.sha256(token.encode()).digest()
    return run("SELECT app.client_by_token(%s)", [digest])[0][0]


def test_an_expired_or_revoked_token_is_unknown_and_enters_nowhere(
    world: World, committed: None
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    with rolled_back_as("owner"):
        with on_platform(world):
            client, token = _client(expires_at=soon)
        actor = Actor("client", client.id)
        assert _known(token) is not None
        assert _known(token + "x") is None
        with enter_tenant("acme", actor=actor, partition="public") as entered:
            assert entered.rights.scopes == {READ}
        run("SET LOCAL app.moves_clocks = 'on'")
        for column, value in (("expires_at", "now()"), ("revoked_at", "now()")):
            run(f"UPDATE people_apiclient SET {column} = {value} WHERE id = %s", [client.id])
            assert _known(token) is None
            with pytest.raises(NotFound), enter_tenant("acme", actor=actor, partition="public"):
                pass
            run("UPDATE people_apiclient SET expires_at = NULL WHERE id = %s", [client.id])


def test_a_token_opens_its_own_tenant_alone(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        with on_platform(world):
            client, _ = _client()
        for tenant in ("globex", "nobody", "platform"):
            with pytest.raises(NotFound), enter_tenant(tenant, actor=Actor("client", client.id)):
                pass


def test_a_token_does_what_its_scopes_say(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        with on_platform(world):
            scopes = sorted(TOKEN_SCOPES - {"runtime.services.write"})
            client, _ = _client(tenant_id=world.acme.slug, scopes=scopes)
        with enter_tenant(
            world.acme.slug,
            actor=Actor("client", client.id, "ci"),
            environment_id=world.acme.environments["pool"],
            writing=True,
        ):
            with pytest.raises(Forbidden, match=r"runtime\.services\.write"):
                retire_service(world.acme.services["pool"]["cart"])
            with pytest.raises(NotFound):
                fail_deployment(uuid7(), reason="allowed, but there is none")


def test_an_admin_gives_a_token_no_more_than_they_may_themself(
    world: World, rolled_back: None
) -> None:
    with as_admin(world.acme) as entered:
        client, token = _client(scopes=[READ, "runtime.people.write"])
        assert str(client.id) in str(_known(token))
        for scope in ("runtime.audit.read", "runtime.exports.read"):
            assert scope in TOKEN_SCOPES
            with pytest.raises(Invalid, match=scope):
                _client(scopes=[READ, scope])
        assert len(entered.entries) == 1


def test_an_admin_makes_and_revokes_none_elsewhere(world: World, rolled_back: None) -> None:
    with as_admin(world.acme):
        client, token = _client()
        for tenant in ("globex", "platform", "nobody"):
            with pytest.raises(NotFound):
                _client(tenant_id=tenant)
    with as_admin(world.globex), pytest.raises(NotFound):
        revoke_api_client(client.id)
    assert _known(token) is not None


def test_a_revoked_token_is_unknown_at_once_and_for_good(world: World, rolled_back: None) -> None:
    with as_admin(world.acme) as entered:
        client, token = _client()
        entered.entries.clear()
        revoked = revoke_api_client(client.id, reason="leaked")
        assert revoked.revoked_at == now()
        assert _known(token) is None
        assert [(e.action, e.reason, e.tenant_id) for e in entered.entries] == [
            ("api_client.revoked", "leaked", "acme")
        ]
        with pytest.raises(Refused, match="already"):
            revoke_api_client(client.id)


def test_an_end_that_is_past_is_refused_by_its_field(world: World, rolled_back: None) -> None:
    with as_admin(world.acme) as entered:
        with pytest.raises(Invalid) as refusal:
            _client(expires_at=datetime.now(UTC) - timedelta(hours=1))
        assert list(refusal.value.fields) == ["expiresAt"]
        assert entered.entries == []
