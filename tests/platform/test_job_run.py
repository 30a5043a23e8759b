"""Asking for a job now: with a reason, once, and the worker does it."""

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform, run, sqlstate
from tests.platform.forms import errors
from tests.world import World

PATH = "/platform/jobs/expire_invitations/run/"


def test_it_waits_for_the_worker_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(PATH, {"reason": "somebody waits"}).status_code == 302
    *_, entry = entries(world, "job.asked", "platform")
    assert (entry.object_id, entry.reason) == ("expire_invitations", "somebody waits")
    assert run("SELECT count(id) FROM procrastinate_jobs") != [(0,)]
    assert "waits for the worker already" in errors(browser.post(PATH, {"reason": "again"}))[""]


def test_a_reason_is_said_and_what_is_no_job_is_not_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.post(PATH, {}).status_code == 422
    other = PATH.replace("expire_invitations", "take_up_stalled_jobs")
    assert browser.post(other, {"reason": "x"}).status_code == 404


def test_the_web_cannot_write_what_a_job_did(world: World, sign_in: SignIn) -> None:
    sign_in(world.platform[Role.PLATFORM_ADMIN])
    with on_platform(world):
        for statement in (
            "INSERT INTO upkeep_jobrecord (id, tenant_id, name, started_at, result, failure) "
            "VALUES (gen_random_uuid(), 'platform', 'x', now(), '', '')",
            "UPDATE upkeep_jobrecord SET failure = ''",
            "DELETE FROM upkeep_jobrecord",
        ):
            assert sqlstate(statement) == "42501"
