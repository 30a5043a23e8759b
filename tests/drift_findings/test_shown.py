"""What is stored of two values: never a secret, never a megabyte, always where they differ."""

from apps.drift_findings.shown import LONGEST, Marked, marked, storable


def test_short_values_are_stored_as_they_are() -> None:
    assert storable("/services/api/replicas", 2, 3) == (2, 3)
    assert storable("/services/api/env/A", None, "x") == (None, "x")


def test_what_looks_secret_is_not_stored_and_still_differs() -> None:
    path = "/services/api/env/DB_PASSWORD"
    desired, observed = storable(path, "hunter2hunter2", "correct-horse")
    assert desired != observed
    for told in (desired, observed):
        assert "hunter" not in told and "horse" not in told
    url = "postgresql://app:hunter2@db/app"
    assert "hunter2" not in str(storable("/configMaps/web/url", {"a": url}, [url]))


def test_a_reference_is_no_secret() -> None:
    reference = {"secretRef": "kv://acme/db-password"}
    assert storable("/services/api/env/DB_PASSWORD", reference, None) == (reference, None)


def test_of_long_texts_the_part_is_kept_in_which_they_differ() -> None:
    left, right = "a" * 900_000 + "LEFT" + "b" * 900_000, "a" * 900_000 + "RIGHT" + "b" * 900_000
    desired, observed = storable("/configMaps/web/index", left, right)
    assert "LEFT" in desired
    assert "RIGHT" in observed
    assert len(desired) < LONGEST
    assert "1800004 characters" in desired


def test_the_changed_part_is_marked() -> None:
    assert marked("app:1.2.3", "app:1.3.3") == Marked("app:1.", "2", "3", ".3")
    assert marked(None, "x") == Marked("", "", "x", "")
    assert marked("aa", "a") == Marked("a", "a", "", "")
    assert marked(["a"], ["a", "b"]) == Marked('["a"', "", ', "b"', "]")
