import pytest

from apps.core.errors import Invalid, Refused
from apps.core.slugs import RESERVED, check_slug
from apps.tenants.models import Tenant, Vault
from apps.tenants.operations import onboard_tenant
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.world import World

GOOD = ["abc", "a1b", "a-b", "a--b", "acme-2", "x" * 40]
BAD = [
    "", "a", "ab", "x" * 41, "1ab", "-ab", "ab-", "Abc", "aBc", "a_b", "a.b", "a b", "äbc",
    "abc\n", " abc", "abc ", "a/b", "a'b", 'a"b', "a\x00b",
]  # fmt: skip


@pytest.mark.parametrize("slug", GOOD)
def test_a_good_slug_is_taken_as_it_is(world: World, rolled_back: None, slug: str) -> None:
    assert check_slug(slug) == slug
    with on_platform(world):
        assert onboard_tenant(slug=slug, name="Somebody").tenant_id == slug


@pytest.mark.parametrize("slug", [*BAD, *sorted(RESERVED)])
def test_a_slug_that_may_not_be_is_refused_by_its_field(
    world: World, rolled_back: None, slug: str
) -> None:
    with on_platform(world) as entered, pytest.raises(Invalid) as refusal:
        onboard_tenant(slug=slug, name="Somebody")
    assert list(refusal.value.fields) == ["tenantId"]
    assert entered.entries == []


@pytest.mark.attacks("tenant_slug")
@pytest.mark.parametrize("slug", [slug for slug in BAD if "\x00" not in slug])
def test_the_database_takes_no_bad_slug_either(world: World, committed: None, slug: str) -> None:
    insert = "INSERT INTO tenants_tenant (tenant_id, name, status) VALUES (%s, 'x', 'Active')"
    with rolled_back_as("owner"):
        assert sqlstate(insert, [slug]) in ("23514", "22001")


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_tenant_has_a_name_that_people_can_read(
    world: World, rolled_back: None, name: str
) -> None:
    with on_platform(world), pytest.raises(Invalid) as refusal:
        onboard_tenant(slug="named", name=name)
    assert list(refusal.value.fields) == ["name"]


def test_a_tenant_comes_with_a_vault_of_its_own_name(world: World, rolled_back: None) -> None:
    with on_platform(world) as entered:
        made = onboard_tenant(slug="newcomer", name=" Newcomer ")
        assert list(Vault.objects.filter(tenant=made).values_list("name", flat=True)) == [
            "newcomer"
        ]
        assert (made.name, made.status) == ("Newcomer", "Active")
        (entry,) = entered.entries
    assert (entry.action, entry.object_id, entry.tenant_id) == (
        "tenant.onboarded", "newcomer", "newcomer",
    )  # fmt: skip


def test_a_slug_is_never_used_again(world: World, rolled_back: None) -> None:
    with on_platform(world) as entered:
        with pytest.raises(Refused, match="never used again"):
            onboard_tenant(slug="acme", name="Another")
        assert entered.entries == []
        assert Tenant.objects.get(tenant_id="acme").name == "Acme"


def test_a_slug_stays_taken_when_its_tenant_has_gone(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        onboard_tenant(slug="leaver", name="Leaver")
        for status in ("Leaving", "Closed"):
            run("UPDATE tenants_tenant SET status = %s WHERE tenant_id = 'leaver'", [status])
        with pytest.raises(Refused):
            onboard_tenant(slug="leaver", name="Leaver")
        assert sqlstate("UPDATE tenants_tenant SET tenant_id = 'x1y' WHERE name = 'Leaver'") == (
            "RP422"
        )


def test_the_name_of_anothers_vault_is_no_free_slug(world: World, rolled_back: None) -> None:
    with on_platform(world):
        Vault.objects.create(name="vaulted", tenant_id="acme")
        with pytest.raises(Refused):
            onboard_tenant(slug="vaulted", name="Vaulted")
        assert not Tenant.objects.filter(tenant_id="vaulted").exists()


@pytest.mark.attacks("partition_name")
@pytest.mark.parametrize("schema", ["silo_globex", "shared", "public", "pool_", "pool_acme2"])
def test_a_partition_is_called_by_its_tenant(world: World, committed: None, schema: str) -> None:
    insert = (
        "INSERT INTO tenants_datapartition (id, schema_name, tenant_id, migrated_to) "
        "VALUES (gen_random_uuid(), %s, 'acme', '')"
    )
    with rolled_back_as("owner"):
        assert sqlstate(insert, [schema]) in ("23514", "23505")


def test_the_runtime_login_renames_a_tenant_and_changes_nothing_else(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        assert sqlstate("UPDATE tenants_tenant SET name = 'Acme 2' WHERE tenant_id = 'acme'") == ""
        assert sqlstate("UPDATE tenants_tenant SET status = 'Leaving'") == "42501"
