"""What people come for, from the first page to the last, by what is written on them.

The pictures of docs/tour.md are taken here: TOUR=docs/tour.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.conftest import Site
from tests.browser.visitors import WIDE, visitor
from tests.browser.walks import go, letter, manage, picture, press, says, submit
from tests.drift_findings.seen import IN_LINE, seen
from tests.world import PASSWORD

PEOPLE = {"viewport": WIDE, "color_scheme": "light"}

ROWS = """moduleId,componentType,image,version,computeTarget,replicas
cart,microservice,registry.test/cart:1.4.0,1.4.0,kubernetes,2
checkout,gateway,registry.test/checkout:1.4.0,1.4.0,kubernetes,3
"""


def test_a_newcomer_gets_to_the_first_imported_service(chromium: Any, site: Site) -> None:
    slug, admin = f"{site.slug}-new", f"first@{site.slug}-new.test"
    with visitor(chromium, site, f"platform-admin@{site.slug}.test", **PEOPLE) as (page, heard):
        page.goto("/platform/tenants/")
        press(page, "Onboard a tenant")
        submit(page, tenant_id=slug, name="Northwind Orchards")
        says(page, "Northwind Orchards", "Not bound to any environment")
        press(page, "Invite the first admin")
        submit(page, email=admin)
        go(page, "Environments")
        press(page, "New environment")
        page.select_option("main [name=tenant]", label="Northwind Orchards")
        submit(page, project_id="orchard", name="northwind-test", stage="test",
               region="westeurope", isolation_model="silo")  # fmt: skip
        press(page, "Bind a tenant")
        page.select_option("main [name=tenant]", label="Northwind Orchards")
        submit(page, compute_replicas="40")
        says(page, "The worker makes the partition")
        manage(site, "runtime_inventory_worker", "--once")
        page.reload()
        says(page, "Active", f"silo_{slug}")
        assert heard == []
    with visitor(chromium, site, **PEOPLE) as (page, heard):
        page.goto(letter(admin))
        submit(page, name="Ada Orchard", password=PASSWORD, repeated=PASSWORD)
        says(page, "Welcome to Northwind Orchards")
        submit(page, login=admin, password=PASSWORD)
        says(page, "Northwind Orchards", "Ada Orchard")
        go(page, "Environments")
        press(page, "northwind-test")
        press(page, "Import")
        submit(page, format="csv", text=ROWS)
        says(page, "2 new, 0 changed, 0 unchanged, 0 refused", "nothing is done yet")
        submit(page, **{"last-reason": "What runs today"})
        says(page, "Imported")
        go(page, "Services")
        press(page, "checkout")
        says(page, "registry.test/checkout:1.4.0")
        picture(page, "journey-newcomer")
        assert heard == []


def observed(**workloads: tuple[str, int]) -> str:
    """As `kubectl get -o json` prints it."""
    return seen(workloads).data.decode()


def test_a_release_stops_at_its_gate_and_goes_back(
    chromium: Any, site: Site, tmp_path: Path
) -> None:
    tenant = site.world.globex
    environment = str(tenant.environments["silo"])
    first = tmp_path / "first.json"
    first.write_text(observed(**IN_LINE))
    at = ("--tenant", tenant.slug, "--environment", environment)
    manage(site, "import_kubernetes", *at, str(first))
    with visitor(chromium, site, f"tenant-admin@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/t/{tenant.slug}/environments/{environment}/")
        press(page, "Deploy")
        submit(page, release_ref="release-2", reason="The new basket", confirm="prod")
        for state in ("Requested", "Provisioning", "Configuring"):
            says(page, state)
            press(page, "Advance")
            submit(page, confirm="prod")
        says(page, "RollingOut")
        press(page, "Roll out services")
        submit(page, format="csv", text="moduleId,image,version\ncart,registry.test/cart:2.0,2.0\n")
        says(page, "0 new, 1 changed")
        submit(page, **{"last-confirm": "prod"})
        press(page, "Back to release-2")
        press(page, "Advance")
        submit(page, confirm="prod")
        says(page, "HealthGating")
        probe(site, tenant.slug, environment, "cart", "Unhealthy", tmp_path)
        press(page, "Advance")
        submit(page, confirm="prod")
        says(page, "The health gate does not pass: no fresh Healthy result of cart")
        picture(page, "journey-gate")
        press(page, "Cancel")
        press(page, "Back out")
        submit(page, reason="It does not answer", confirm="prod")
        press(page, "It is rolled back")
        submit(page, confirm="prod")
        says(page, "RolledBack")
        press(page, "Roll back")
        page.get_by_role("link", name="Choose manifests-").click()
        says(page, "registry.test/cart:1.0")
        picture(page, "journey-rollback")
        submit(page, reason="Back to what answered", confirm="prod")
        says(page, "HealthGating", "Undoes")
        for module in ("cart", "web"):
            probe(site, tenant.slug, environment, module, "Healthy", tmp_path)
        for _ in ("Promoting", "Completed"):
            press(page, "Advance")
            submit(page, confirm="prod")
        says(page, "Completed", "held until a person releases it")
        assert refusals(heard) == 1


def probe(
    site: Site, tenant: str, environment: str, module: str, status: str, folder: Path
) -> None:
    """What a probe heard just now."""
    line = {"moduleId": module, "status": status, "probe": "http", "latencyMs": 40,
            "checkedAt": datetime.now(UTC).isoformat()}  # fmt: skip
    file = folder / f"{status}.ndjson"
    file.write_text(json.dumps(line) + "\n")
    manage(site, "record_health", "--tenant", tenant, "--environment", environment, str(file))


def refusals(heard: list[str]) -> int:
    """How many answers the browser calls an error because they refused; nothing else was heard."""
    assert all("422" in line for line in heard), heard
    return len(heard)


def test_drift_is_found_and_resolved(chromium: Any, site: Site) -> None:
    tenant = site.world.globex
    environment = tenant.environments["pool"]
    with visitor(chromium, site, f"tenant-admin@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/t/{tenant.slug}/environments/{environment}/")
        press(page, "Check for drift")
        submit(page, manifests=observed(cart=("registry.test/cart:1.0", 7), web=IN_LINE["web"]))
        says(page, "1 finding")
        press(page, "/services/cart/replicas")
        says(page, "2", "7")
        picture(page, "journey-drift")
        press(page, "Acknowledge")
        submit(page, reason="Somebody scaled it by hand", confirm=f"pool of {site.slug}")
        says(page, "Acknowledged")
        page.goto(f"/t/{tenant.slug}/environments/{environment}/")
        press(page, "Check for drift")
        submit(page, manifests=observed(**IN_LINE))
        go(page, "Drift")
        press(page, "Resolved")
        says(page, "/services/cart/replicas")
        assert heard == []


def test_a_quota_refuses_and_is_raised(chromium: Any, site: Site) -> None:
    tenant = site.world.globex
    binding, at = tenant.bindings["shared"], tenant.environments["shared"]
    operator = f"platform-admin@{site.slug}.test"
    with visitor(chromium, site, operator, **PEOPLE) as (page, heard):
        page.goto(f"/platform/bindings/{binding}/")
        press(page, "Change quota")
        submit(page, compute_replicas="8", reason="As ordered", confirm=tenant.slug)
        says(page, "8")
        assert heard == []
    with visitor(chromium, site, f"tenant-admin@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(
            f"/t/{tenant.slug}/environments/{at}/services/{tenant.services['shared']['web']}/"
        )
        press(page, "Edit")
        submit(page, replicas="30", confirm=f"shared of {site.slug}")
        says(page, "the quota allows 8")
        picture(page, "journey-quota")
        assert refusals(heard) == 1
        form = page.url
    with visitor(chromium, site, operator, **PEOPLE) as (page, heard):
        page.goto(f"/platform/bindings/{binding}/quota/")
        submit(page, compute_replicas="40", reason="They pay for more", confirm=tenant.slug)
        assert heard == []
    with visitor(chromium, site, f"tenant-admin@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(form)
        submit(page, replicas="30", confirm=f"shared of {site.slug}")
        says(page, "web is saved", "30")
        assert heard == []


def test_a_configuration_is_drafted_compared_and_published(chromium: Any, site: Site) -> None:
    tenant = site.world.globex
    with visitor(chromium, site, f"tenant-admin@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/t/{tenant.slug}/environments/{tenant.environments['shared']}/")
        for number, level in enumerate(("info", "debug"), start=1):
            if number == 1:
                press(page, "Draft a configuration")
            else:
                press(page, "Draft from it")
            submit(page, format="yaml", text=f"log:\n  level: {level}\n",
                   confirm=f"shared of {site.slug}")  # fmt: skip
            if number == 2:
                press(page, "Compare")
                says(page, "log.level", "info", "debug")
                picture(page, "journey-configuration")
                page.go_back()
            press(page, "Publish")
            submit(page, reason="To see what it does", confirm=f"shared of {site.slug}")
            says(page, "Published")
        assert heard == []


def test_a_hold_is_placed_and_seen_in_the_forecast(chromium: Any, site: Site) -> None:
    tenant = site.world.globex
    with visitor(chromium, site, f"governance-officer@{site.slug}.test", **PEOPLE) as (page, heard):
        page.goto("/platform/")
        go(page, "Holds")
        press(page, "Place a hold")
        submit(page, tenant_id=tenant.slug, data_classes=["retired-service", "deployment-history"],
               matter="2026-114", reason="Asked for by the court")  # fmt: skip
        says(page, "2026-114", "Placed")
        assert heard == []
    with visitor(chromium, site, f"tenant-auditor@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/t/{tenant.slug}/")
        go(page, "Retention")
        says(page, "2026-114", "In 365 days")
        picture(page, "journey-hold")
        assert heard == []


def test_who_enters_a_tenant_is_seen_in_its_trail(chromium: Any, site: Site) -> None:
    tenant = site.world.globex
    with visitor(chromium, site, f"platform-admin@{site.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/platform/tenants/{tenant.slug}/")
        press(page, "Enter")
        submit(page, reason="Ticket 4711: the cart is slow", minutes="30")
        says(page, tenant.slug, "4711")
        go(page, "Services")
        says(page, "cart")
        assert heard == []
    with visitor(chromium, site, f"tenant-auditor@{tenant.slug}.test", **PEOPLE) as (page, heard):
        page.goto(f"/t/{tenant.slug}/")
        go(page, "Audit")
        says(page, "Ticket 4711: the cart is slow", f"platform-admin@{site.slug}.test")
        picture(page, "journey-visit")
        assert heard == []


def test_a_stranger_gets_nowhere(chromium: Any, site: Site) -> None:
    theirs = site.world.globex
    environment = theirs.environments["silo"]
    service = theirs.services["silo"]["cart"]
    here = f"/t/{theirs.slug}/environments/{environment}"
    paths = [
        f"/t/{theirs.slug}/", f"/t/{theirs.slug}/services/", f"/t/{theirs.slug}/audit/",
        f"/t/{theirs.slug}/retention/", f"{here}/", f"{here}/deployments/new/",
        f"{here}/drift/check/", f"{here}/configurations/new/", f"{here}/services/import/",
        f"{here}/services/{service}/", f"{here}/services/{service}/edit/", "/platform/",
        "/platform/holds/place/", f"/platform/tenants/{theirs.slug}/enter/",
        f"/platform/bindings/{theirs.bindings['silo']}/quota/",
    ]  # fmt: skip
    own = site.world.acme
    inside = f"/t/{own.slug}/environments/{own.environments['silo']}/services/{service}/"
    with visitor(chromium, site, f"tenant-admin@{site.slug}.test", **PEOPLE) as (page, _):
        for path in (*paths, inside):
            answer = page.goto(path)
            assert answer.status == 404, path
            text = page.inner_text("main").replace(theirs.slug, "")
            assert "There is nothing here" in text, path
            assert "cart" not in page.inner_text("main"), path
        picture(page, "journey-stranger")
