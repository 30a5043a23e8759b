"""One URL, one view, one template: HX-Target chooses the part, and nothing else does."""

import pytest
from django.http import HttpResponse

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.world import World

LISTS = {
    **{f"/t/acme/{n}/": Role.TENANT_VIEWER for n in
       ("services", "deployments", "configurations", "environments", "people")},
    **{f"/platform/{n}/": Role.PLATFORM_VIEWER for n in
       ("tenants", "environments", "bindings", "people")},
}  # fmt: skip
HTMX = {"HX-Request": "true"}


def is_whole(response: HttpResponse) -> bool:
    text = response.content.decode()
    return "<!DOCTYPE html>" in text and "</html>" in text


@pytest.mark.parametrize("path", LISTS)
class TestList:
    def get(self, world: World, sign_in: SignIn, path: str, **headers: str) -> HttpResponse:
        person = {**world.acme.people, **world.platform}[LISTS[path]]
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return sign_in(person).get(path, headers=given)

    def test_the_target_results_gives_the_results_alone(
        self, world: World, sign_in: SignIn, path: str
    ) -> None:
        answer = self.get(world, sign_in, path, HX_Request="true", HX_Target="results")
        text = answer.content.decode().strip()
        assert answer.status_code == 200
        assert text.startswith('<div id="results"')
        assert not is_whole(answer)
        assert text.count('id="results"') == 1
        assert "<nav" not in text.partition('class="pager"')[0]

    def test_the_results_are_what_the_whole_page_has_too(
        self, world: World, sign_in: SignIn, path: str
    ) -> None:
        # One sign-in for both: a list of people shows when each signed in last.
        browser = sign_in({**world.acme.people, **world.platform}[LISTS[path]])
        part = browser.get(path, headers={**HTMX, "HX-Target": "results"})
        whole = browser.get(path).content.decode()
        table = part.content.decode().partition("<table")[2].partition("</table>")[0]
        assert table
        assert table in whole

    def test_htmx_without_that_target_gets_the_whole_page(
        self, world: World, sign_in: SignIn, path: str
    ) -> None:
        for more in ({}, {"HX_Target": "content"}, {"HX_Target": "../base"}, {"HX_Target": ""}):
            assert is_whole(self.get(world, sign_in, path, HX_Request="true", **more))

    def test_the_back_button_gets_the_whole_page_whatever_the_target(
        self, world: World, sign_in: SignIn, path: str
    ) -> None:
        answer = self.get(
            world, sign_in, path,
            HX_Request="true", HX_Target="results", HX_History_Restore_Request="true",
        )  # fmt: skip
        assert is_whole(answer)

    def test_caches_are_told_what_the_answer_depends_on(
        self, world: World, sign_in: SignIn, path: str
    ) -> None:
        for headers in ({}, {"HX_Request": "true", "HX_Target": "results"}):
            vary = self.get(world, sign_in, path, **headers)["Vary"]
            named = {name.strip() for name in vary.split(",")}
            assert {"HX-Request", "HX-Target", "Cookie"} <= named


def test_a_part_brings_the_selects_along_out_of_band(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    part = browser.get(
        "/t/acme/services/?status=Running", headers={**HTMX, "HX-Target": "results"}
    ).content.decode()
    assert 'id="selects" hx-swap-oob="true"' in part
    assert '<option value="Running" selected>' in part


def test_each_select_has_one_choice_that_is_none(world: World, sign_in: SignIn) -> None:
    text = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/").content.decode()
    assert text.count("<select") == text.count('<option value=""') == 3


def test_a_stranger_gets_no_part_either(world: World, sign_in: SignIn) -> None:
    for path in LISTS:
        headers = {**HTMX, "HX-Target": "results"}
        assert sign_in(world.stranger).get(path, headers=headers).status_code == 404
