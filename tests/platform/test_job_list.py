"""What each job of the schedule did last, and when it runs next."""

import pytest

from apps.core.access import Role
from apps.upkeep.recording import recorded
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn, browser_of
from tests.world import World

PATH = "/platform/jobs/"


def test_every_job_of_the_schedule_stands_there_with_its_cadence(
    world: World, sign_in: SignIn
) -> None:
    page = words(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
    for name in ("expire_invitations", "keep_spare_partitions", "make_days"):
        assert name in page
    assert "7 * * * *" in page


def test_one_that_failed_says_why_until_it_succeeds(world: World, committed: None) -> None:
    browser = browser_of(world.platform[Role.PLATFORM_VIEWER])
    fails = True

    @recorded("make_days")
    def job() -> str:
        if fails:
            raise RuntimeError("the disk is full")
        return "7 days made"

    with pytest.raises(RuntimeError):
        job()
    page = words(browser.get(PATH))
    assert "Failed" in page and "the disk is full" in page
    fails = False
    job()
    page = words(browser.get(PATH))
    assert "7 days made" in page and "the disk is full" not in page


def test_who_may_not_ask_for_a_job_sees_no_way_to(world: World, sign_in: SignIn) -> None:
    run = f"{PATH}make_days/run/"
    assert run in links(sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH))
    assert run not in links(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
