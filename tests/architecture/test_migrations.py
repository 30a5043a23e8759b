"""Migrations: one line an app, and nothing that a model says and no migration does."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OURS = [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]


@pytest.mark.parametrize("label", OURS)
def test_an_app_has_one_last_migration_and_no_fork(label: str) -> None:
    graph = MigrationLoader(None).graph
    nodes = [node for node in graph.nodes if node[0] == label]
    assert len(graph.leaf_nodes(label)) == min(len(nodes), 1)
    for node in nodes:
        followers = [child for child in graph.node_map[node].children if child.key[0] == label]
        assert len(followers) <= 1, node


def test_the_models_say_nothing_that_no_migration_does(django_db_blocker: object) -> None:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)
