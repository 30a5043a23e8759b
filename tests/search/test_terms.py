"""Which beginnings find a text."""

import pytest

from apps.search.words import LONGEST, asked, begins, image_terms, terms, whole


def test_a_term_begins_at_each_word_and_goes_on_to_the_end() -> None:
    assert set(terms("Payments-API_v2")) == {"payments-api_v2", "api_v2", "v2"}
    assert set(terms("a/b:c.d@e")) == {"a/b:c.d@e", "b:c.d@e", "c.d@e", "d@e", "e"}


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800"])
def test_what_says_nothing_has_no_term(text: str) -> None:
    assert [*terms(text), *image_terms(text), *whole(text)] == asked(text) == []


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("registry.test:5000/shop/cart:1.0", {"shop/cart:1.0", "cart:1.0"}),
        ("shop/cart@sha256:ab", {"shop/cart@sha256:ab", "cart@sha256:ab"}),
        ("cart:1.0", {"cart:1.0"}),
        ("cart", {"cart"}),
    ],
)
def test_an_image_is_found_by_its_repository_and_whole(image: str, found: set[str]) -> None:
    assert set(image_terms(image)) == found


def test_terms_and_words_are_cut_alike_and_few_words_are_asked() -> None:
    assert max(map(len, terms("x" * 500 + "-" + "İ" * 500))) == LONGEST
    assert asked("x" * 500) == ["x" * LONGEST]
    assert len(asked(" ".join(map(str, range(1000))))) == 8
    assert asked(" A b  a ") == ["a", "b"]


def test_all_words_must_be_met_and_no_words_meet_nothing() -> None:
    assert begins("Shop west-europe", ["eur", "sho"])
    assert not begins("Shop west-europe", ["eur", "hop"])
    assert not begins("Shop", [])
