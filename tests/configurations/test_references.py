from typing import Any

import pytest

from apps.configurations.canonical import checksum
from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import (
    draft_configuration,
    edit_configuration,
    publish_configuration,
)
from apps.core.errors import Invalid
from apps.tenants.models import Vault
from tests.core.doors import inside, on_platform
from tests.world import World


def _to(vault: str) -> dict[str, Any]:
    return {"db": {"password": {"secretRef": f"kv://{vault}/db-password"}}}


def test_a_tenant_refers_to_its_own_vaults(world: World, rolled_back: None) -> None:
    with on_platform(world):
        Vault.objects.create(name="acme-second", tenant_id="acme")
    with inside(world.acme):
        for vault in ("acme", "acme-second"):
            made = draft_configuration(payload=_to(vault))
            assert publish_configuration(made.id).status == "Published"


def _refusal(payload: Any, *, of: Any = draft_configuration) -> tuple[str, Any]:
    with pytest.raises(Invalid) as refusal:
        of(payload=payload)
    return str(refusal.value), refusal.value.fields


@pytest.mark.attacks("vaults of its own")
def test_anothers_vault_is_answered_like_none_at_all(world: World, rolled_back: None) -> None:
    with inside(world.acme) as entered:
        assert RuntimeConfiguration.objects.filter(status="Published").exists()
        draft = draft_configuration(payload={})
        entered.entries.clear()
        message, fields = _refusal(_to("nowhere"))
        other_message, other_fields = _refusal(_to("globex"))
        assert (message, list(fields)) == (other_message, ["payload.db.password"])
        assert str(fields).replace("nowhere", "globex") == str(other_fields)
        assert _refusal(_to("globex"), of=lambda payload: edit_configuration(
            draft.id, payload=payload
        )) == (other_message, other_fields)  # fmt: skip
        assert entered.entries == []


def test_every_reference_that_leads_nowhere_is_named(world: World, rolled_back: None) -> None:
    with inside(world.acme):
        _, fields = _refusal({"a": [_to("globex"), _to("acme")], "b": _to("nowhere")})
    assert set(fields) == {"payload.a[0].db.password", "payload.b.db.password"}


def test_a_reference_is_asked_again_when_it_is_published(world: World, rolled_back: None) -> None:
    with inside(world.acme):
        made = draft_configuration(payload=_to("acme"))
        payload = _to("globex")
        RuntimeConfiguration.objects.filter(id=made.id).update(
            payload=payload, checksum=checksum(payload)
        )
        with pytest.raises(Invalid) as refusal:
            publish_configuration(made.id)
    assert list(refusal.value.fields) == ["payload.db.password"]


@pytest.mark.parametrize(
    "reference",
    [
        *("kv://acme", "kv://acme/", "kv:///db", "kv://acme/db/", "kv://acme/a/b", "kv:/acme/db"),
        *("KV://acme/db", "kv://ACME/db", "kv://acme/db\n", " kv://acme/db", "kv://acme/d b"),
        *("https://acme/db", "kv://acme/-db", "kv://-acme/db", "kv://acme/dß", "", "hunter2"),
        *(None, 7, ["kv://acme/db"], {"vault": "acme"}),
    ],
    ids=repr,
)
def test_a_reference_that_is_none_is_refused_with_its_path(
    world: World, rolled_back: None, reference: Any
) -> None:
    with inside(world.acme):
        _, fields = _refusal({"password": {"secretRef": reference}})
    assert list(fields) == ["payload.password"]
    assert "kv://<vault>/<name>" in str(fields)


def test_a_reference_stands_alone(world: World, rolled_back: None) -> None:
    with inside(world.acme):
        _, fields = _refusal({"a": {"secretRef": "kv://acme/db", "password": "hunter2"}})
    assert list(fields) == ["payload.a"]
    assert "hunter2" not in str(fields)
