"""One box for everything of a tenant: by the beginning of any word, in every partition."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.configurations.operations import draft_configuration, edit_configuration
from apps.core.access import Role
from apps.drift_findings.models import RuntimeDriftFinding
from apps.drift_findings.operations import resolve_finding
from apps.services.operations import ServiceSpec, change_service, create_services, retire_service
from tests.console.bodies import links, row_names, words
from tests.console.many import make_deployments, make_services
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside
from tests.drift_findings.seen import look
from tests.world import World

PATH = "/t/acme/search/"


def found(viewer: Client, text: str, **more: str) -> list[str]:
    page = viewer.get(PATH, {"q": text, **more})
    assert page.status_code == 200
    return row_names(page)


@pytest.fixture
def viewer(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acme.people[Role.TENANT_VIEWER])


def make(world: World, module: str = "payments-api", version: str = "2.7.1") -> None:
    image = f"registry.example/shop/ledger_core:{version}"
    with inside(world.acme, "silo"):
        create_services([ServiceSpec(module, image, version, 1, "worker")])


@pytest.mark.parametrize(
    "text",
    ["pay", "PAYMENTS-API", "api", "payments-a", "wor", "2.7", "ledger", "core", "shop/led",
     "registry.example/shop/ledger_core:2.7.1", "api pay", "  led   wor  "],
)  # fmt: skip
def test_a_service_is_found_by_the_beginning_of_any_of_its_words(
    world: World, viewer: Client, text: str
) -> None:
    make(world)
    assert "payments-api" in found(viewer, text)


@pytest.mark.parametrize("text", ["ayments", "pi", "example", "pay zzz", "7.1"])
def test_neither_the_middle_of_a_word_nor_one_word_of_two_finds_it(
    world: World, viewer: Client, text: str
) -> None:
    make(world)
    assert "payments-api" not in found(viewer, text)


@pytest.mark.parametrize("text", ["api replicas", "repl pay", "/services/payments-api/rep"])
def test_a_finding_is_found_by_module_kind_and_path_and_a_resolved_one_in_its_list(
    world: World, viewer: Client, text: str
) -> None:
    make(world)
    with inside(world.acme, "silo"):
        lasting = {"payments-api": ("registry.example/shop/ledger_core:2.7.1", 4)}
        look(**lasting)
        (finding,) = RuntimeDriftFinding.objects.filter(module_id="payments-api", kind="replicas")
    path = f"/t/acme/environments/{finding.environment_id}/drift/{finding.id}/"
    assert path in links(viewer.get(PATH, {"q": text}))
    with inside(world.acme, "silo"):
        resolve_finding(finding.id, reason="as it should be")
    assert path not in links(viewer.get(PATH, {"q": text}))
    assert path in links(viewer.get("/t/acme/drift/", {"q": text, "status": "Resolved"}))


def test_every_partition_is_searched_and_an_environment_narrows_it(
    world: World, viewer: Client
) -> None:
    assert found(viewer, "cart") == ["cart"] * 3
    pool = str(world.acme.environments["pool"])
    assert found(viewer, "cart", environment=pool) == ["cart"]


def test_deployments_configurations_and_environments_are_found_too(
    world: World, viewer: Client
) -> None:
    make_deployments(world.acme, "pool", 1)
    with inside(world.acme, "pool"):
        draft_configuration(payload={"feature-flags": {"hidden": "secret-word"}})
    assert found(viewer, "pool") == ["pool of acme", "pool 000"]
    assert found(viewer, "flags") == ["version 2"]
    assert found(viewer, "v2")[:1] == ["version 2"]
    assert found(viewer, "hidden") == found(viewer, "secret") == []


def test_what_was_changed_is_found_by_what_it_is_now(world: World, viewer: Client) -> None:
    make(world)
    with inside(world.acme, "silo"):
        service = create_services([ServiceSpec("other", "r.test/old:1", "1.5", 1)])[0]
        change_service(service.id, image="r.test/new:3", version="3.9")
        draft = draft_configuration(payload={"before": 1})
        edit_configuration(draft.id, payload={"afterwards": 1})
    assert found(viewer, "old") == found(viewer, "1.5") == []
    assert found(viewer, "new") == found(viewer, "3.9") == ["other"]
    assert found(viewer, "before") == []
    assert len(found(viewer, "afterw")) == 1


def test_a_retired_service_is_found_in_the_list_and_not_among_what_is_live(
    world: World, viewer: Client
) -> None:
    with inside(world.acme, "pool"):
        retire_service(world.acme.services["pool"]["cart"])
    assert found(viewer, "cart") == ["cart"] * 2
    listed = viewer.get("/t/acme/services/", {"q": "cart", "status": "Retired"})
    assert row_names(listed) == ["cart"]


def test_the_first_ten_are_shown_and_a_link_leads_to_the_rest(world: World, viewer: Client) -> None:
    make_services(world.acme, "silo", [f"many{n:02}" for n in range(12)])
    assert found(viewer, "many") == [f"many{n:02}" for n in range(10)]
    page = viewer.get(PATH, {"q": "many"})
    [more] = [link for link in links(page) if "/services/?q=many" in link]
    assert len(row_names(viewer.get(more))) == 12


def test_lists_are_searched_by_any_word_as_well(world: World, viewer: Client) -> None:
    make(world)
    make_deployments(world.acme, "pool", 1)
    with inside(world.acme, "pool"):
        draft_configuration(payload={"feature-flags": 1})
    assert row_names(viewer.get("/t/acme/services/", {"q": "api pay"})) == ["payments-api"]
    assert row_names(viewer.get("/t/acme/deployments/", {"q": "000"})) == ["pool 000"]
    assert row_names(viewer.get("/t/acme/configurations/", {"q": "flag"})) == ["Version 2"]


def test_the_answer_for_htmx_is_the_results_alone(world: World, viewer: Client) -> None:
    answer = viewer.get(PATH, {"q": "cart"}, headers={"HX-Request": "true", "HX-Target": "results"})
    assert answer.content.decode().lstrip().startswith('<div id="results"')
    assert row_names(answer) == ["cart"] * 3


def test_the_box_is_on_every_page_and_leads_here(world: World, viewer: Client) -> None:
    for page in ("", "services/", "environments/", "search/"):
        text = viewer.get(f"/t/acme/{page}").content.decode()
        assert f'action="{PATH}"' in text
        assert 'id="find"' in text


def test_without_a_word_nothing_is_listed(world: World, viewer: Client) -> None:
    for text in ("", " ", "\x00"):
        assert found(viewer, text) == []
    assert "What are you looking for?" in words(viewer.get(PATH))


HOSTILE = {
    "NUL": "ca\x00rt", "long": "x" * 10_000, "many words": "c " * 5_000, "percent": "%",
    "underscore": "_", "quote": "'", "quotes": '"; DROP TABLE x; --', "backslash": "\\",
    "markup": "<script>alert(1)</script>", "dotted I": "İ" * 200,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("path", [PATH, "/t/acme/deployments/", "/t/acme/configurations/"])
def test_whatever_is_typed_is_answered_and_taken_as_it_is(
    world: World, viewer: Client, text: str, path: str
) -> None:
    page = viewer.get(path, {"q": text})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    if path == PATH:
        expected = ["cart"] * 3 if text.startswith("c") else []
        assert row_names(page) == expected


@pytest.mark.parametrize("text", ["a_b", "a%b", "a'b"])
def test_a_special_character_means_itself(world: World, viewer: Client, text: str) -> None:
    make_services(world.acme, "silo", ["a_b", "a%b", "a'b", "axb"])
    assert found(viewer, text) == [text.replace("'", "&#x27;")]


def test_names_of_any_length_and_letter_are_made_and_found(world: World, viewer: Client) -> None:
    names = ["n" * 120, "İstanbul-" + "é" * 100, "---", "🚀-launch"]
    with inside(world.acme, "silo"):
        create_services([ServiceSpec(n, f"r.test/{'i' * 390}", "v" * 160, 1) for n in names])
    for name in names:
        assert found(viewer, name) == [name], name


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_the_words_of_a_neighbour_prove_nothing(world: World, sign_in: SignIn, model: str) -> None:
    with inside(world.globex, model):
        create_services([ServiceSpec("zebra-stripes", "registry.test/zebra:1", "9.9.9", 1)])
        draft_configuration(payload={"zebra": 1})
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    one, other = (browser.get(PATH, {"q": text}) for text in ("zebra", "giraf"))
    assert row_names(one) == row_names(other) == []
    assert words(one).replace("zebra", "giraf") == words(other).replace(
        other["X-Request-ID"], one["X-Request-ID"]
    )


def test_a_suspended_binding_is_searched_and_a_released_one_is_not(
    fresh: Callable[[], World],
) -> None:
    from apps.tenant_bindings.operations import suspend_binding
    from apps.tenant_bindings.release import release_binding
    from tests.core.doors import on_platform

    world = fresh()
    with on_platform(world):
        suspend_binding(world.acme.bindings["silo"])
        release_binding(world.acme.bindings["pool"])
    browser = browser_of(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(f"/t/{world.acme.slug}/search/", {"q": "cart"})
    assert row_names(page) == ["cart"] * 2
