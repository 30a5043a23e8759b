from dataclasses import dataclass
from uuid import UUID

import pytest
from django.http import HttpResponse

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.deployments.marks import mark_bad
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import request_deployment
from apps.tenant_bindings.operations import change_quota
from tests.console.bodies import links, row_names, words
from tests.console.signed_in import SignIn
from tests.console.verbs import path_of, post
from tests.core.doors import inside, on_platform
from tests.deployments.stories import release, running
from tests.freezes.windows import freeze
from tests.platform.forms import values
from tests.world import World


@dataclass
class Story:
    world: World
    sign_in: SignIn
    first: UUID
    second: UUID
    third: UUID

    def page(self, to: object = "") -> HttpResponse:
        browser = self.sign_in(self.world.acme.people[Role.TENANT_OPERATOR])
        path = path_of(self.world, "roll_back", self.third)
        return browser.get(f"{path}?to={to}" if to else path)  # type: ignore[return-value]

    def post(self, **given: object) -> HttpResponse:
        sent = {
            "returns_to": self.second, "gate": "health", "reason": "orders fail",
            "confirm": "prod", **given,
        }  # fmt: skip
        return post(self.world, self.sign_in, "roll_back", self.third, sent)

    def newest(self) -> RuntimeDeployment:
        with inside(self.world.acme, "silo", writing=False):
            here = self.world.acme.environments["silo"]
            found: RuntimeDeployment = RuntimeDeployment.objects.filter(
                environment_id=here
            ).order_by("-id")[0]
            return found


@pytest.fixture
def story(world: World, sign_in: SignIn) -> Story:
    """r1, r2 and r3, after what the world made there by hand."""
    with inside(world.acme, "silo"):
        made = [
            release(f"r{n}", {"cart": (f"{n}.0", n)}, {"n": n}, reason=f"week {n}")
            for n in (1, 2, 3)
        ]
    return Story(world, sign_in, *(m.id for m in made))


def test_earlier_ones_stand_newest_first_and_none_is_chosen(story: Story) -> None:
    page = story.page()
    assert row_names(page) == ["r2", "r1", "2 made by hand"]
    assert "week 2" in words(page)
    assert "returns_to" not in values(page)
    assert "What changes" not in words(page)


def test_choosing_one_shows_what_changes(story: Story) -> None:
    page = story.page(story.first)
    text = words(page)
    assert "What changes on the way from what stands here now to r1" in text
    assert "3.0 → 1.0" in text
    assert "3 → 1" in text
    assert "registry.test/cart:3.0 → registry.test/cart:1.0" in text
    assert "n changed 3 1" in text
    assert values(page)["returns_to"] == str(story.first)


def test_it_rolls_back_and_says_how_far_it_is(story: Story) -> None:
    answer = story.post()
    made = story.newest()
    assert answer["Location"] == path_of(story.world, "detail", made.id)
    assert (made.release_ref, made.status) == ("r2", "HealthGating")
    assert (made.undoes_deployment_id, made.returns_to_deployment_id) == (
        story.third, story.second,
    )  # fmt: skip
    browser = story.sign_in(story.world.acme.people[Role.TENANT_VIEWER])
    detail = browser.get(answer["Location"])
    for identifier in (story.third, story.second):
        assert path_of(story.world, "detail", identifier) in links(detail)


def test_gated_elsewhere_it_is_completed_at_once_and_held(story: Story) -> None:
    assert story.post(gate="external").status_code == 302
    assert story.newest().is_held
    with inside(story.world.acme, "silo"):
        assert running() == {"cart": ("2.0", 2)}


@pytest.mark.parametrize("missing", ["returns_to", "gate", "reason", "confirm"])
def test_nothing_is_rolled_back_by_half_a_form(story: Story, missing: str) -> None:
    assert story.post(**{missing: ""}).status_code == 422
    assert story.newest().id == story.third


def test_a_bad_one_is_marked_and_no_target(story: Story) -> None:
    with inside(story.world.acme, "silo"):
        mark_bad(story.second, reason="it lost orders")
    page = story.page()
    assert "it lost orders" in words(page)
    assert not any(f"?to={story.second}" in link for link in links(page))
    answer = story.post()
    assert answer.status_code == 422
    assert "r2 is marked bad: it lost orders" in words(answer)
    assert story.newest().id == story.third


def test_what_forbids_it_stands_first(story: Story) -> None:
    with inside(story.world.acme, role=Role.TENANT_ADMIN):
        freeze()
    with inside(story.world.acme, "silo"), pytest.raises(Exception, match="Frozen"):
        request_deployment(release_ref="r4")
    with on_platform(story.world):
        change_quota(story.world.acme.bindings["silo"], quota={"computeReplicas": 1})
    text = words(story.page(story.second))
    frozen, short = text.index("Frozen: the rule"), text.index("It ran 2 replicas; the quota")
    assert frozen < short < text.index("What changes") < text.index("Earlier deployments")


def test_one_that_is_under_way_forbids_it(story: Story) -> None:
    with inside(story.world.acme, "silo"):
        request_deployment(release_ref="r4")
    assert "r4 is Requested: one at a time" in words(story.page())


def test_one_that_has_gone_is_told(story: Story) -> None:
    page = story.page(uuid7())
    assert page.status_code == 200
    assert "its row has gone" in words(page)
    assert story.post(returns_to=uuid7()).status_code == 422


def test_nonsense_is_refused(story: Story) -> None:
    assert story.page("nonsense").status_code == 422


def test_the_neighbours_is_like_one_that_has_gone(story: Story) -> None:
    with inside(story.world.globex, "silo"):
        theirs = release("theirs", {"cart": ("9", 1)}).id
    page = story.page(theirs)
    assert "theirs" not in words(page)
    assert "its row has gone" in words(page)


def test_htmx_pages_through_the_earlier_ones_alone(story: Story) -> None:
    browser = story.sign_in(story.world.acme.people[Role.TENANT_OPERATOR])
    path = path_of(story.world, "roll_back", story.third)
    part = browser.get(path, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="results")
    assert row_names(part) == ["r2", "r1", "2 made by hand"]  # type: ignore[arg-type]
    assert "<html" not in part.content.decode()
