"""What `check_isolation` lets pass, each with its reason.

A test fails when an entry matches nothing any more, so that the lists cannot go stale.
"""

from collections.abc import Mapping

# Unique keys that do not start with the tenant. {(table, columns): reason}. The id itself, a
# UUIDv7 that nobody chooses, needs no entry.
UNIQUE_KEYS: Mapping[tuple[str, tuple[str, ...]], str] = {
    ("tenants_datapartition", ("schema_name",)): "no two tenants share a schema; the name is "
    "derived, and the row check comes before the key for whoever is no platform admin",
    ("tenants_vault", ("name",)): "a vault belongs to one tenant in the whole world; only "
    "platform admins write it",
    ("people_apiclient", ("token_hash",)): "found by the hash of 256 random bits before a tenant "
    "is known",
    ("people_invitation", ("token_hash",)): "found by the hash of 256 random bits before a person "
    "is known",
    ("environments_runtimeenvironment", ("id", "isolation_model")): "target of the binding's "
    "composite key; the id alone is unique already",
    ("tenant_bindings_runtimetenantbinding", ("environment_id",)): "a silo has one tenant; only "
    "platform admins write bindings",
}

# Foreign keys that do not pair tenant_id with tenant_id. {(table, columns): reason}
FOREIGN_KEYS: Mapping[tuple[str, tuple[str, ...]], str] = {
    ("people_membership", ("person_id",)): "people belong to no tenant; runtime writes no "
    "membership but behind its own check",
    ("people_visit", ("person_id",)): "the same; only a platform admin writes one, of themself",
    ("people_officerproposal", ("person_id",)): "the same; only platform admins propose",
    ("tenant_bindings_runtimetenantbinding", ("environment_id", "isolation_model")): "an "
    "environment is bound by tenants that do not own it; only platform admins write bindings",
}

# Tables of a partition without policies.
PARTITION_UNWALLED: Mapping[str, str] = {
    "django_migrations": "names of migrations; nobody but the owner has a grant",
}

# Schemas in which everybody may look up names.
PUBLIC_USAGE: Mapping[str, str] = {
    "public": "PostgreSQL's own default; every table in it is in walls.grants",
}

# Beginnings of names of functions that everybody may call: they run as whoever calls.
PUBLIC_FUNCTIONS: Mapping[str, str] = {
    "public.procrastinate_": "the queue's own, without SECURITY DEFINER: they can do what the "
    "caller's grants allow, and runtime may insert jobs only",
}

# What a login's own settings may say. {(parameter, value): reason}
ROLE_SETTINGS: Mapping[tuple[str, str], str] = {
    ("search_path", "public"): "the launcher's: a schema named like the role is never searched",
}
