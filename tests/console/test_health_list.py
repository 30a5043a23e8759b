"""How the services of a tenant are: newest results, the last 24 hours, what nobody has seen."""

import re
from datetime import UTC, datetime, timedelta

from django.test import Client

from apps.core.access import Role
from apps.services.operations import retire_service, stop_service
from tests.console.bodies import row_names, words
from tests.console.many import make_services
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.health_results.results import ago, record, result
from tests.world import World

PATH = "/t/acme/health/"


def viewer(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acme.people[Role.TENANT_VIEWER])


def row(page: object, name: str) -> str:
    """The HTML of the first row of that name."""
    found = re.findall(r"<tr.*?</tr>", page.content.decode(), flags=re.S)  # type: ignore[attr-defined]
    return next(text for text in found if f">{name}</a>" in text)


def test_live_services_of_every_partition_are_there(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "pool"):
        retire_service(world.acme.services["pool"]["web"])
    assert row_names(viewer(world, sign_in).get(PATH)) == ["cart"] * 3 + ["web"] * 2


def test_the_newest_result_of_each_probe_is_shown(world: World, sign_in: SignIn) -> None:
    cart = world.acme.services["silo"]["cart"]
    with inside(world.acme, "silo"):
        record(
            result(cart, "Unhealthy", checked_at=ago(minutes=3)),
            result(cart, latency_ms=41),
            result(cart, "Degraded", probe="tcp", checked_at=ago(minutes=2)),
        )
    environment = str(world.acme.environments["silo"])
    page = viewer(world, sign_in).get(PATH, {"environment": environment})
    text = " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row(page, "cart"), flags=re.S).split())
    assert "Healthy http 41 ms" in text
    assert "Degraded tcp" in text
    assert "Unhealthy" not in text


def test_what_was_healthy_long_ago_is_stale_and_never_green(world: World, sign_in: SignIn) -> None:
    """The world's own result is an hour old."""
    environment = str(world.acme.environments["silo"])
    html = row(viewer(world, sign_in).get(PATH, {"environment": environment}), "cart")
    assert 'class="is-stale"' in html
    assert "said Healthy" in html
    assert "tone-ok" not in html


def test_a_bar_has_48_slots_and_silence_is_hollow(world: World, sign_in: SignIn) -> None:
    cart = world.acme.services["silo"]["cart"]
    with inside(world.acme, "silo"):
        record(
            result(cart, checked_at=ago(hours=5)),
            result(cart, "Unhealthy", checked_at=ago(hours=5, seconds=1)),
            result(cart, "Degraded", checked_at=ago(hours=9)),
        )
    environment = str(world.acme.environments["silo"])
    html = row(viewer(world, sign_in).get(PATH, {"environment": environment}), "cart")
    slots = re.findall(r'class="slot-(\w+)"', html)
    assert len(slots) == 48
    # One of the world's, and ours: where both of the same half hour, the worst decides.
    assert sorted(set(slots)) == ["bad", "hollow", "ok", "warn"]
    assert slots.count("hollow") in (44, 45)
    assert re.search(r"1 Unhealthy", html)
    assert "no result" in html
    web = row(viewer(world, sign_in).get(PATH, {"environment": environment}), "web")
    assert re.findall(r'class="slot-(\w+)"', web) == ["hollow"] * 48
    assert "no result in 24 hours" in web


def test_it_is_filtered_by_what_may_be_shown(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        record(result("cart"))
        stop_service(world.acme.services["silo"]["web"])
    browser = viewer(world, sign_in)
    environment = {"environment": str(world.acme.environments["silo"])}
    found = {
        status: row_names(browser.get(PATH, {**environment, "status": status}))
        for status in ("Running", "Stale", "Stopped", "Degraded", "Pending")
    }
    assert found == {
        "Running": ["cart"], "Stale": [], "Stopped": ["web"], "Degraded": [], "Pending": [],
    }  # fmt: skip
    assert row_names(browser.get(PATH, {"status": "Stale"})) == ["cart", "cart", "web", "web"]
    assert browser.get(PATH, {"status": "Retired"}).status_code == 422


def test_it_is_paged_by_name(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "silo", [f"s{n:02}" for n in range(60)])
    pages = there_and_back(viewer(world, sign_in), PATH)
    assert [len(names) for names in pages] == [25, 25, 16]


def test_a_partial_is_the_table_alone(world: World, sign_in: SignIn) -> None:
    page = viewer(world, sign_in).get(PATH, headers={"HX-Request": "true", "HX-Target": "results"})
    assert "<html" not in page.content.decode()
    assert row_names(page) == ["cart"] * 3 + ["web"] * 3


def test_the_neighbours_results_are_not_mine(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "shared"):
        record(result("cart", "Unhealthy", probe="only-of-acme"))
    assert "only-of-acme" not in words(sign_in(world.stranger).get("/t/globex/health/"))


def test_a_probe_that_is_markup_is_shown_as_it_is(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        record(result("cart", probe="<script>alert(1)</script>"))
    page = viewer(world, sign_in).get(PATH)
    assert "<script>alert" not in page.content.decode()
    assert "<script>alert(1)</script>" in words(page)


def test_its_time_is_not_that_of_the_session(world: World, sign_in: SignIn) -> None:
    """The last slot holds the present, in UTC."""
    page = viewer(world, sign_in).get(PATH).content.decode()
    now = datetime.now(UTC)
    begins = [f"{t.hour:02}:{t.minute // 30 * 30:02}" for t in (now, now - timedelta(minutes=1))]
    titles = re.findall(r"<title>(\d\d:\d\d) to", page)
    assert titles[47] in begins
