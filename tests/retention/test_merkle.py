"""The tree of a certificate: what RFC 9162 says, whatever the number of leaves."""

import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.retention.merkle import Leaf, path, proves, root

# Known answers of certificate transparency's own tests, for these leaves.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def _hashes(count: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + str(n).encode()).digest() for n in range(count)]


@pytest.mark.parametrize("count", ROOTS)
def test_the_root_is_the_one_that_certificate_transparency_knows(count: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS[:count]]
    assert root(leaves).hex() == ROOTS[count]


@given(st.integers(1, 200), st.data())
def test_every_leaf_has_a_path_and_no_other_leaf_has_it(count: int, data: st.DataObject) -> None:
    leaves = _hashes(count)
    index = data.draw(st.integers(0, count - 1))
    way, whole = path(leaves, index, count), root(leaves)
    assert proves(leaves[index], index, count, way, whole)
    other = data.draw(st.integers(-1, count + 1))
    assert proves(leaves[index], other, count, way, whole) is (other == index)
    assert not proves(hashlib.sha256(b"x").digest(), index, count, way, whole)
    assert not proves(leaves[index], index, count, [*way, whole], whole)
    for place in range(len(way)):
        bent = [*way[:place], leaves[index], *way[place + 1 :]]
        assert proves(leaves[index], index, count, bent, whole) is (bent == way)
    if count > 1:
        assert not proves(leaves[index], index, count, way[1:], whole)
        assert not proves(whole, 0, 1, way, whole)


def test_a_leaf_is_hashed_by_all_that_it_says() -> None:
    leaf = Leaf("retired-service", UUID(int=1), "a" * 64)
    others = [
        leaf._replace(data_class="step-log"),
        leaf._replace(row_id=UUID(int=2)),
        leaf._replace(digest="b" * 64),
    ]
    assert len({one.hash() for one in (leaf, *others)}) == 4
