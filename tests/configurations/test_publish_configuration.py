from collections.abc import Callable
from uuid import UUID

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import (
    discard_configuration,
    draft_configuration,
    edit_configuration,
    publish_configuration,
    published_or_empty,
    verified,
)
from apps.core.errors import NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.operations import request_deployment
from tests.core.doors import (
    in_new_environment,
    inside,
    new_environment,
    rolled_back_as,
    run,
    sqlstate,
)
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import World


def _states() -> list[tuple[int, str]]:
    return run(
        "SELECT version, status FROM configurations_runtimeconfiguration "
        "WHERE environment_id = (SELECT environment_id FROM configurations_runtimeconfiguration "
        "ORDER BY id DESC LIMIT 1) ORDER BY version"
    )


def test_publishing_supersedes_what_was_published_and_says_both(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        first, second = (draft_configuration(payload={"n": n}) for n in (1, 2))
        publish_configuration(first.id)
        entered.entries.clear()
        publish_configuration(second.id)
        assert _states() == [(1, "Superseded"), (2, "Published")]
        assert [(e.action, e.object_id) for e in entered.entries] == [
            ("configuration.superseded", str(first.id)),
            ("configuration.published", str(second.id)),
        ]


def test_an_older_draft_may_be_published_after_a_newer_one(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        first, second = (draft_configuration(payload={"n": n}) for n in (1, 2))
        publish_configuration(second.id)
        publish_configuration(first.id)
        assert _states() == [(1, "Published"), (2, "Superseded")]


@pytest.mark.attacks("configuration_published_once")
@pytest.mark.parametrize("login", ["default", "owner"])
def test_the_database_holds_one_published_version(
    world: World, committed: None, login: str
) -> None:
    with rolled_back_as(login), in_new_environment(world):
        first, second = (draft_configuration(payload={"n": n}) for n in (1, 2))
        publish_configuration(first.id)
        publish = (
            "UPDATE configurations_runtimeconfiguration SET status = 'Published' WHERE id = %s"
        )
        assert sqlstate(publish, [second.id]) == "23505"


@pytest.mark.parametrize("end", ["publish", "supersede", "discard"])
def test_what_is_no_draft_is_not_edited(world: World, rolled_back: None, end: str) -> None:
    with in_new_environment(world) as entered:
        made = draft_configuration(payload={"n": 1})
        if end == "discard":
            discard_configuration(made.id)
        else:
            publish_configuration(made.id)
        if end == "supersede":
            publish_configuration(draft_configuration(payload={}).id)
        entered.entries.clear()
        with pytest.raises(Refused, match="no Draft"):
            edit_configuration(made.id, payload={"n": 2})
        assert RuntimeConfiguration.objects.get(id=made.id).payload == {"n": 1}
        assert entered.entries == []


def test_an_edit_that_says_the_same_is_no_change(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        made = draft_configuration(payload={"a": 1, "b": 2.0})
        entered.entries.clear()
        edit_configuration(made.id, payload={"b": 2, "a": 1})
        assert entered.entries == []
        edited = edit_configuration(made.id, payload={"a": 1})
        (entry,) = entered.entries
        assert entry.before == {"checksum": made.checksum}
        assert entry.after == {"checksum": edited.checksum}
        assert verified(RuntimeConfiguration.objects.get(id=made.id))


def test_a_configuration_of_another_environment_or_tenant_is_not_there(
    world: World, rolled_back: None
) -> None:
    with inside(world.globex):
        theirs = draft_configuration(payload={}).id
    with in_new_environment(world):
        elsewhere = draft_configuration(payload={}).id
    with in_new_environment(world):
        for identifier in (theirs, elsewhere, uuid7()):
            for operation in (publish_configuration, discard_configuration):
                with pytest.raises(NotFound):
                    operation(identifier)
            with pytest.raises(NotFound):
                edit_configuration(identifier, payload={})


def test_a_draft_altered_underneath_is_not_published(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        made = draft_configuration(payload={"n": 1})
        run(
            "UPDATE configurations_runtimeconfiguration SET payload = '{\"n\": 2}' WHERE id = %s",
            [made.id],
        )
        entered.entries.clear()
        with pytest.raises(Refused, match="altered"):
            publish_configuration(made.id)
        assert entered.entries == []


@pytest.mark.attacks("checksum verified")
@pytest.mark.parametrize("payload", ['{"n": 2}', "{}", '{"n": 1, "m": null}', '{"n": 1e30}'])
def test_a_published_version_altered_by_a_superuser_takes_no_deployment(
    world: World, committed: None, payload: str
) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        made = draft_configuration(payload={"n": 1})
        publish_configuration(made.id)
        run("ALTER TABLE configurations_runtimeconfiguration DISABLE TRIGGER guard")
        run(
            "UPDATE configurations_runtimeconfiguration SET payload = %s WHERE id = %s",
            [payload, made.id],
        )
        with pytest.raises(Refused, match="altered"):
            verified(RuntimeConfiguration.objects.get(id=made.id))
        with pytest.raises(Refused, match="altered"):
            request_deployment(release_ref="r1")


def test_where_nothing_is_published_an_empty_version_is(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        draft_configuration(payload={"n": 1})
        found = published_or_empty()
        assert (found.version, found.payload, found.status) == (2, {}, "Published")
        assert published_or_empty().id == found.id


def _publisher(world: World, environment: UUID, identifier: UUID) -> Callable[[], str]:
    def publish() -> str:
        with inside(world.acme, environment_id=environment):
            return publish_configuration(identifier).status

    return publish


def _drafts(world: World, environment: UUID, count: int) -> list[UUID]:
    with inside(world.acme, environment_id=environment):
        return [draft_configuration(payload={"n": n}).id for n in range(count)]


@pytest.mark.parametrize("publishers", [2, 6])
def test_of_publishers_at_once_one_stays_published_and_none_fails(
    committed: None, publishers: int
) -> None:
    world = spare_world()
    environment = new_environment(world)
    drafts = _drafts(world, environment, publishers)
    outcomes = together(*[_publisher(world, environment, draft) for draft in drafts])
    assert outcomes == ["Published"] * publishers
    with inside(world.acme, environment_id=environment):
        states = sorted(status for _, status in _states())
    assert states == ["Published"] + ["Superseded"] * (publishers - 1)


def test_of_two_who_publish_the_same_draft_one_is_told_that_it_is(committed: None) -> None:
    world = spare_world()
    environment = new_environment(world)
    (draft,) = _drafts(world, environment, 1)
    outcomes = together(*[_publisher(world, environment, draft)] * 2)
    assert {type(outcome) for outcome in outcomes} == {str, Refused}


def test_of_one_who_publishes_and_one_who_discards_one_is_refused(committed: None) -> None:
    world = spare_world()
    environment = new_environment(world)
    (draft,) = _drafts(world, environment, 1)

    def discard() -> str:
        with inside(world.acme, environment_id=environment):
            return discard_configuration(draft).status

    outcomes = together(_publisher(world, environment, draft), discard)
    assert {type(outcome) for outcome in outcomes} == {str, Refused}
