"""A release that was imported, as people then read it; and one that was refused."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.files.storage import storages

from apps.core.access import Role
from apps.core.errors import Invalid
from apps.deployments.models import DeploymentStep, RuntimeDeployment
from apps.integrations.kubernetes.records import Source
from apps.integrations.operations import Imported, import_kubernetes
from apps.services.operations import live_services
from tests.console.bodies import facts, links, words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.integrations.data import published
from tests.world import World

WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec: {{template: {{spec: {{containers: [{{name: c, image: "{image}"}}]}}}}}}
"""


def imported(world: World, *sources: tuple[str, bytes], release: str = "") -> Imported:
    with inside(world.acme, "pool"):
        return import_kubernetes(
            sources=[Source(name, data) for name, data in sources], release_ref=release
        )


def files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in paths]


def blobs() -> set[Path]:
    root = Path(storages["step_logs"].location)  # type: ignore[attr-defined]
    assert root.is_relative_to(settings.STATE_DIR)
    return set(root.rglob("*.log"))


def test_each_step_of_it_is_read_on_its_page(world: World, sign_in: SignIn) -> None:
    made = imported(world, *files([published("online-boutique", "v0.10.6.yaml")]), release="v1")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    environment = world.acme.environments["pool"]
    page = browser.get(f"/t/acme/environments/{environment}/deployments/{made.deployment.id}/")
    assert facts(page)["Gate"].startswith("external")
    logs = [link for link in links(page) if "/steps/" in link]
    texts = [words(browser.get(link)) for link in dict.fromkeys(logs)]
    assert len(texts) == 3
    assert "v0.10.6.yaml:" in texts[0]
    assert "version 2 checksum" in texts[1]
    assert "created frontend" in texts[2]
    assert "retired cart" in texts[2]
    for name in ("frontend", "cartservice", "redis-cart"):
        assert name in words(page)


def test_no_secret_value_is_in_any_log_or_page_of_it(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    environment = world.acme.environments["pool"]
    secrets, texts = set(), []
    for path in sorted(published("aks-store").glob("*.yaml")):
        text = path.read_text().replace('"password"', '"Tr0ub4dor"')  # no word of the pages
        secrets |= _secret_values(text)
        made = imported(world, (path.name, text.encode()), release=path.stem)
        base = f"/t/acme/environments/{environment}/"
        page = browser.get(f"{base}deployments/{made.deployment.id}/")
        pages = [page, browser.get(f"{base}configurations/{made.configuration.id}/")]
        pages += [browser.get(link) for link in set(links(page)) if "/steps/" in link]
        texts += [words(page) for page in pages]
    assert len(secrets) >= 3
    for value in secrets:
        assert not [text for text in texts if value in text.split()], value
    assert any("kv://acme/" in text for text in texts)


def test_a_service_that_cannot_be_and_nothing_of_the_release_is_kept(
    world: World, sign_in: SignIn
) -> None:
    good = WORKLOAD.format(name="good", image="registry.test/good:1")
    bad = WORKLOAD.format(name="b" * 121, image="registry.test/bad:1")
    before = blobs()
    with inside(world.acme, "pool") as entered:
        count = RuntimeDeployment.objects.count(), DeploymentStep.objects.count()
        with pytest.raises(Invalid):
            import_kubernetes(sources=[Source("two.yaml", f"{good}---{bad}".encode())])
        assert (RuntimeDeployment.objects.count(), DeploymentStep.objects.count()) == count
        assert set(live_services()) == {"cart", "web"}
        assert entered.entries == []
    assert blobs() == before


def test_a_live_service_whose_manifest_is_broken_is_not_taken_for_gone(
    world: World, sign_in: SignIn
) -> None:
    good = WORKLOAD.format(name="good", image="registry.test/good:1")
    broken = WORKLOAD.format(name="cart", image="{{ .Values.image }}")
    with inside(world.acme, "pool"):
        with pytest.raises(Invalid, match="Live here, and not understood: cart"):
            import_kubernetes(sources=[Source("two.yaml", f"{good}---{broken}".encode())])
        assert set(live_services()) == {"cart", "web"}


@pytest.mark.parametrize(
    "data",
    [
        b"a: &a [1]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (n + 1, n + 1, n, n)
                                  for n in range(97, 121)),
        b"- " * 200_000,
        b"{" * 200_000,
        b"x" * (33 * 1024 * 1024),
        b"\xff\xfe\x00" * 1000,
    ],
    ids=["aliases", "nested lists", "nested braces", "33 MiB", "no text"],
)  # fmt: skip
def test_hostile_input_is_refused_within_seconds(
    world: World, sign_in: SignIn, data: bytes
) -> None:
    started = time.monotonic()
    with pytest.raises(Invalid):
        imported(world, ("evil.yaml", data))
    assert time.monotonic() - started < 5


def _secret_values(text: str) -> set[str]:
    """What stands in plain sight beside a name like PASSWORD, and in Secret objects."""
    found: set[str] = set()
    for document in yaml.safe_load_all(text):
        kind = (document or {}).get("kind")
        if kind == "Secret":
            found |= {str(v) for part in ("data", "stringData")
                      for v in (document.get(part) or {}).values()}  # fmt: skip
        template = ((document or {}).get("spec") or {}).get("template") or {}
        for container in (template.get("spec") or {}).get("containers", []):
            for item in container.get("env", []):
                if "PASS" in item["name"].upper() and "value" in item:
                    found.add(str(item["value"]))
    return {value for value in found if value.strip()}
