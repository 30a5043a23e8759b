"""The proof on releases of other people: what a diff shows, and nothing else.

The lists were taken by hand from `diff` of the two files. Probes, volumes and service accounts are
no part of a release's record, so they are in none of them.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.drift_findings.compare import compare
from apps.drift_findings.compare_records import State
from apps.drift_findings.detection import detect_drift
from apps.drift_findings.models import RuntimeDriftFinding
from apps.drift_findings.observed import observed_state
from apps.integrations.kubernetes.records import Source
from apps.integrations.kubernetes.release import read_release
from apps.integrations.operations import import_kubernetes
from tests.core.doors import in_new_environment
from tests.drift_findings.cluster import documents_of, printed
from tests.integrations.data import boutique_in_order, published
from tests.world import World

DEMO = "microservices-demo"
OLD = f"us-central1-docker.pkg.dev/google-samples/{DEMO}"
NEW = f"us-central1-docker.pkg.dev/online-boutique-ci/{DEMO}"
BUSYBOX = "busybox:1.38.0@sha256:fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d"
ELEVEN = (
    "adservice", "cartservice", "checkoutservice", "currencyservice", "emailservice", "frontend",
    "loadgenerator", "paymentservice", "productcatalogservice", "recommendationservice",
    "shippingservice",
)  # fmt: skip
V0_10_5_AGAINST_V0_10_6 = {
    **{
        ("image", f"/services/{name}/image"): (f"{OLD}/{name}:v0.10.5", f"{NEW}/{name}:v0.10.6")
        for name in ELEVEN
    },
    ("configuration", "/services/loadgenerator/initContainers/frontend-check/image"): (
        "busybox:latest", BUSYBOX,
    ),
}  # fmt: skip
V0_8_1_AGAINST_V0_9_0 = {
    ("image", f"/services/{name}/image"): (
        f"gcr.io/google-samples/{DEMO}/{name}:v0.8.1",
        f"gcr.io/google-samples/{DEMO}/{name}:v0.9.0",
    )
    for name in ELEVEN
}
STORE = "ghcr.io/azure-samples/aks-store-demo"
DOCUMENTDB = "ghcr.io/documentdb/documentdb/documentdb-local:pg17-0.112.0"
MAKELINE = "/services/makeline-service/env"
STORE_2025_12_AGAINST_2026_06: dict[tuple[str, str], tuple[Any, Any]] = {
    ("missing", "/services/mongodb"): (
        {"image": "mcr.microsoft.com/mirror/docker/library/mongo:4.2", "version": "4.2",
         "replicas": 1}, None,
    ),
    ("unexpected", "/services/documentdb"): (
        None, {"image": DOCUMENTDB, "version": "pg17-0.112.0", "replicas": 1},
    ),
    **{
        ("image", f"/services/{name}/image"): (f"{STORE}/{name}:2.1.0", f"{STORE}/{name}:2.2.0")
        for name in ("makeline-service", "order-service", "product-service", "store-admin",
                     "store-front", "virtual-customer", "virtual-worker")
    },
    ("image", "/services/rabbitmq/image"): (
        "mcr.microsoft.com/azurelinux/base/rabbitmq-server:3.13",
        "rabbitmq:4.3.2-management-alpine",
    ),
    ("configuration", f"{MAKELINE}/ORDER_DB_URI"): (
        "mongodb://mongodb:27017",
        "mongodb://documentdb:10260/?tls=true&tlsAllowInvalidCertificates=true",
    ),
    ("configuration", f"{MAKELINE}/ORDER_DB_USERNAME"): (None, "username"),
    ("configuration", f"{MAKELINE}/ORDER_DB_PASSWORD"): (
        None, {"secretRef": "kv://{tenant}/makeline-service-order-db-password"},
    ),
    ("configuration", "/configMaps/rabbitmq-enabled-plugins/rabbitmq_enabled_plugins"): (
        "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_amqp1_0].\n", None,
    ),
}  # fmt: skip

PAIRS = [
    ("online-boutique", "v0.10.5", "v0.10.6", V0_10_5_AGAINST_V0_10_6),
    ("online-boutique", "v0.8.1", "v0.9.0", V0_8_1_AGAINST_V0_9_0),
    ("aks-store", "2025-12-02", "2026-06-23", STORE_2025_12_AGAINST_2026_06),
]


def _source(path: Path) -> Source:
    return Source(path.name, path.read_bytes())


def _state(*sources: Source) -> State:
    return observed_state(read_release(sources, vault="acme"))


@pytest.mark.parametrize(("folder", "desired", "observed", "expected"), PAIRS)
def test_one_release_against_another_gives_what_a_diff_shows(
    world: World, rolled_back: None, folder: str, desired: str, observed: str, expected: Any
) -> None:
    ours, theirs = (published(folder, f"{name}.yaml") for name in (desired, observed))
    with in_new_environment(world):
        import_kubernetes(sources=[_source(ours)], release_ref=desired)
        assert detect_drift(sources=[_source(ours)]).unresolved == []
        checked = detect_drift(sources=[_source(theirs)])
        found = {(f.kind, f.path): (f.desired, f.observed) for f in checked.unresolved}
        assert checked.check.not_understood == []
        assert RuntimeDriftFinding.objects.exclude(status="Open").count() == 0
    told = str(expected).replace("{tenant}", world.acme.slug)
    assert found.keys() == expected.keys()
    assert str({key: found[key] for key in expected}) == told


@pytest.mark.parametrize("folder", ["online-boutique", "aks-store", "sock-shop"])
def test_a_release_printed_by_the_cluster_is_in_line_with_itself(
    world: World, rolled_back: None, folder: str
) -> None:
    paths = sorted(published(folder).glob("*.yaml"))[-1:]
    if folder == "sock-shop":
        paths = sorted(published(folder).glob("*.yaml"))
    documents = [one for path in paths for one in documents_of(path)]
    with in_new_environment(world):
        import_kubernetes(sources=[_source(path) for path in paths], release_ref="r")
        checked = detect_drift(sources=[printed(documents, random.Random(7))])
        assert [(f.path, f.desired, f.observed) for f in checked.unresolved] == []
        assert checked.check.outcome == "InLine"
        assert checked.check.workloads > 8


@pytest.mark.parametrize("at", range(12))
def test_every_release_of_the_boutique_is_in_line_with_itself(at: int) -> None:
    release = boutique_in_order()[at]
    theirs = printed(documents_of(release), random.Random(at))
    assert compare(_state(_source(release)), _state(theirs)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), store=st.booleans())
def test_no_permutation_and_no_other_writing_of_a_release_is_a_difference(
    seed: int, store: bool
) -> None:
    folder, name = ("aks-store", "2026-06-23") if store else ("online-boutique", "v0.6.0")
    path, rng = published(folder, f"{name}.yaml"), random.Random(seed)
    once, again = (printed(documents_of(path), rng) for _ in range(2))
    assert compare(_state(_source(path)), _state(once)) == []
    assert compare(_state(once), _state(again)) == []
    assert compare(_state(again), _state(_source(path))) == []
