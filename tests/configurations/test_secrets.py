"""What looks like a secret is refused by its path; the value itself is repeated nowhere."""

import logging
from typing import Any

import pytest

from apps.configurations.models import RuntimeConfiguration, VersionCounter
from apps.configurations.operations import draft_configuration, edit_configuration
from apps.core.errors import Invalid
from tests.core.doors import inside, run
from tests.world import World

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
AZURE = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0LWtleS1oZXJl;"
SECRETS = [
    ({"password": "hunter2-a"}, "payload.password", "hunter2-a"),
    ({"db": {"DB_PASSWORD": "hunter2-b"}}, "payload.db.DB_PASSWORD", "hunter2-b"),
    ({"apiKey": "hunter2-c"}, "payload.apiKey", "hunter2-c"),
    ({"password": 73115527}, "payload.password", "73115527"),
    ({"password": 2**60}, "payload.password", str(2**60)),
    ({"password": 73.115527}, "payload.password", "73.115527"),
    ({"tls": {"any": PEM}}, "payload.tls.any", "MIIEowIBAAKCAQEA"),
    ({"aws": "AKIAIOSFODNN7EXAMPLE"}, "payload.aws", "AKIAIOSFODNN7EXAMPLE"),
    ({"git": "ghp_" + "a1" * 18}, "payload.git", "ghp_" + "a1" * 18),
    ({"session": JWT}, "payload.session", JWT),
    ({"storage": AZURE}, "payload.storage", "c2VjcmV0LWtleS1oZXJl"),
    ({"url": "postgres://u:hunter2-d@db/x"}, "payload.url", "hunter2-d"),
    ({"list": [1, [{"token": "hunter2-e"}]]}, "payload.list[1][0].token", "hunter2-e"),
    ({"token": ["hunter2-f"]}, "payload.token[0]", "hunter2-f"),
    ({"token": [["", ["hunter2-g"]]]}, "payload.token[0][1][0]", "hunter2-g"),
    ({"password": {"value": "hunter2-h"}}, "payload.password.value", "hunter2-h"),
    (
        {"env": [{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": "hunter2-i"}]},
        "payload.env[1].value",
        "hunter2-i",
    ),
    ({"env": [{"value": "hunter2-j", "name": "DB_PASSWORD"}]}, "payload.env[0].value", "hunter2-j"),
    ({"map": {"ghp_" + "b2" * 18: "x"}}, "payload.map.(a key)", "ghp_" + "b2" * 18),
    ({"script": "export TOKEN=hunter2-k\n./run"}, "payload.script", "hunter2-k"),
]


@pytest.mark.parametrize(
    ("payload", "path", "secret"), SECRETS, ids=[path for _, path, _ in SECRETS]
)
def test_secret_material_is_refused_with_its_path_and_kept_nowhere(
    world: World,
    rolled_back: None,
    caplog: pytest.LogCaptureFixture,
    payload: dict[str, Any],
    path: str,
    secret: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    with inside(world.acme) as entered:
        draft = draft_configuration(payload={"harmless": "yes"})
        entered.entries.clear()
        for attempt in (
            lambda: draft_configuration(payload=payload),
            lambda: edit_configuration(draft.id, payload=payload),
        ):
            with pytest.raises(Invalid) as refusal:
                attempt()
            assert list(refusal.value.fields) == [path]
            said = f"{refusal.value!r} {refusal.value.message} {refusal.value.fields}"
            assert secret not in said
            assert secret not in _chain(refusal.value)
        assert entered.entries == []
        counter = VersionCounter.objects.get(environment_id=draft.environment_id)
        assert counter.last_version == draft.version
    assert secret not in caplog.text
    with inside(world.acme):
        for table in ("core_auditentry", "core_auditdetail"):
            trail = f"SELECT count(*) FROM pool_acme.{table} t WHERE strpos(t::text, %s) > 0"
            assert run(trail, [secret]) == [(0,)]


def _chain(error: BaseException | None) -> str:
    """What a traceback would print of it."""
    found = ""
    while error is not None:
        found += str(error)
        error = error.__cause__
    return found


def test_every_secret_is_named_at_once(world: World, rolled_back: None) -> None:
    with inside(world.acme), pytest.raises(Invalid) as refusal:
        draft_configuration(payload={"password": "a1", "b": {"token": "c2"}, "c": "harmless"})
    assert set(refusal.value.fields) == {"payload.password", "payload.b.token"}


@pytest.mark.parametrize(
    "payload",
    [
        {"password": ""},
        {"password": None},
        {"password": "  "},
        {"password": "${DB_PASSWORD}"},
        {"password": "$(DB_PASSWORD)"},
        {"secret": True},
        {"TOKEN_TTL": 3600},
        {"TOKEN_TTL": "3600"},
        {"PASSWORD_FILE": "/run/x"},
        {"TOKENIZER": "bpe"},
        {"stage": "tokenizer"},
        {"MAX_TOKENS": 4096},
        {"token_url": "https://id.example.com/token"},
        {"password": {"secretRef": "kv://acme/db"}},
        {"env": [{"name": "DB_PASSWORD", "value": ""}, {"name": "LEVEL", "value": "info"}]},
        {"password": {"minLength": 12}},
    ],
    ids=str,
)
def test_what_is_harmless_is_taken_as_it_is(
    world: World, rolled_back: None, payload: dict[str, Any]
) -> None:
    with inside(world.acme):
        made = draft_configuration(payload=payload)
        assert RuntimeConfiguration.objects.get(id=made.id).payload == payload
