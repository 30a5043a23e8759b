"""SQL of this app's migrations."""


def first_deadlines(schema: str) -> list[str]:
    """What was under way before there were deadlines gets one: the guard says which."""
    return [
        f'UPDATE "{schema}"."deployments_runtimedeployment" SET deadline_at = now() '  # noqa: S608  (a schema of ours)
        "WHERE status NOT IN ('Completed', 'RolledBack', 'Failed')"
    ]
