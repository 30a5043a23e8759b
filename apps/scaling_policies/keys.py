"""The key that Django cannot say: no service without its scaling policy."""


def service_has_policy(schema: str) -> list[str]:
    """A service refers to its policy as the policy does to it, over the policy's unique key.

    Neither key is deferred: PostgreSQL checks both at the end of the statement, so that one
    statement makes (or removes) both rows. Whoever does it in two is refused at the first.
    """
    return [
        f'ALTER TABLE "{schema}"."services_runtimeservice" ADD CONSTRAINT "service_has_policy" '
        "FOREIGN KEY (tenant_id, environment_id, id) "
        f'REFERENCES "{schema}"."scaling_policies_scalingpolicy" '
        "(tenant_id, environment_id, service_id)"
    ]
