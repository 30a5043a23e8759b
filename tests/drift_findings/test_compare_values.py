"""Quantities, images and references are compared by value, whatever way they are written."""

import pytest

from apps.drift_findings.compare_values import image, quantity, says_version, value

DIGEST = "sha256:" + "a1" * 32
OTHER = "sha256:" + "b2" * 32


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("500m", "0.5"), ("500m", 0.5), ("1", "1000m"), ("1", 1), ("1Gi", "1024Mi"),
        ("1Gi", str(2**30)), ("1G", "1e9"), ("1k", "1000"), ("0.1", "100m"), ("128974848", "123Mi"),
        ("1E", "1e18"), ("2.50", "2500m"), ("+3", "3"),
    ],
)  # fmt: skip
def test_quantities_of_one_value_are_the_same(one: object, another: object) -> None:
    assert quantity(one) == quantity(another)


@pytest.mark.parametrize(
    ("one", "another"), [("500m", "500"), ("1Gi", "1G"), ("1", "2"), ("1m", "1M"), ("1", "one")]
)
def test_quantities_of_two_values_are_not(one: object, another: object) -> None:
    assert quantity(one) != quantity(another)


@pytest.mark.parametrize("hostile", ["9" * 1_000_000, "1e999999999", "1" + "0" * 70 + "Ei", True])
def test_what_is_no_quantity_is_text_and_costs_nothing(hostile: object) -> None:
    assert quantity(hostile) == value(hostile)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("index.docker.io/library/nginx", "nginx"),
        ("team/app:1", "docker.io/team/app:1"),
        (f"registry.test:5000/app:1@{DIGEST}", f"registry.test:5000/app:2@{DIGEST}"),
        (f"app@{DIGEST}", f"app:9@{DIGEST.upper().replace('SHA256', 'sha256')}"),
    ],
)
def test_images_of_one_value_are_the_same(one: str, another: str) -> None:
    assert image(one) == image(another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("nginx:1", "nginx:2"),
        ("nginx", "registry.test/nginx"),
        ("localhost/nginx", "nginx"),
        (f"app@{DIGEST}", f"app@{OTHER}"),
        ("app:1", f"app:1@{DIGEST}"),
        ("not an image", "nor this"),
    ],
)
def test_images_of_two_values_are_not(one: str, another: str) -> None:
    assert image(one) != image(another)


def test_a_digest_alone_says_no_version() -> None:
    assert says_version("app:1")
    assert not says_version(f"app@{DIGEST}")


def test_a_reference_is_compared_by_its_name_since_a_cluster_knows_no_vaults() -> None:
    assert value({"secretRef": "kv://acme/db"}) == value({"secretRef": "kv://acme-prod/db"})
    assert value({"secretRef": "kv://acme/db"}) != value({"secretRef": "kv://acme/other"})


def test_numbers_are_compared_by_value_and_are_neither_text_nor_flags() -> None:
    assert value(1) == value(1.0)
    assert value(1) != value("1")
    assert value(1) != value(True)
    assert value({"a": None, "b": 1}) == value({"b": 1.0})
