"""SQL of this app's migrations: the key that a binding shares with its environment, grants."""

from django.conf import settings

from apps.core.walls.grants import SEQUENCES


def isolation_key(schema: str) -> list[str]:
    return [
        'ALTER TABLE "public"."tenant_bindings_runtimetenantbinding" '
        'ADD CONSTRAINT "binding_of_environment" FOREIGN KEY (environment_id, isolation_model) '
        'REFERENCES "public"."environments_runtimeenvironment" (id, isolation_model)'
    ]


def sequence_grants(schema: str) -> list[str]:
    """USAGE on the sequences behind what runtime may insert, on nothing else."""
    runtime = settings.DATABASE_ROLES["runtime"]
    return [f'GRANT USAGE ON SEQUENCE public.{name} TO "{runtime}"' for name in SEQUENCES]
