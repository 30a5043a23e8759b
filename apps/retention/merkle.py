"""The Merkle tree of a certificate: root, path of one leaf, and its check. Knows no database.

The tree of RFC 9162: a leaf is hashed after a zero byte, a node after a one, and the left half is
the largest power of two that is smaller than the whole, so that no list of leaves has the root of
another. Every hash is SHA-256. Memory grows with the logarithm of the number of leaves.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID


class Leaf(NamedTuple):
    """One row that has gone: its data class, its id and the digest of what it was.

    Sorted as they are here: by the bytes of the class, then of the id.
    """

    data_class: str
    row_id: UUID
    digest: str

    def text(self) -> str:
        """Its canonical JSON: nothing in it is ever escaped."""
        return f'{{"dataClass":"{self.data_class}","digest":"{self.digest}","id":"{self.row_id}"}}'

    def hash(self) -> bytes:
        return leaf_hash(self.text().encode())


def leaf_hash(text: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + text).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Of the hashes of the leaves, in their order; of none: the hash of nothing."""
    # Whole subtrees so far, from large to small: (how many leaves, hash).
    waiting: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, leaf
        while waiting and waiting[-1][0] == size:
            node = _node(waiting.pop()[1], node)
            size *= 2
        waiting.append((size, node))
    if not waiting:
        return hashlib.sha256(b"").digest()
    found = waiting.pop()[1]
    while waiting:
        found = _node(waiting.pop()[1], found)
    return found


def path(leaves: Iterable[bytes], index: int, size: int) -> list[bytes]:
    """What proves the leaf at `index` among `size` hashes, from the leaf up. One pass."""
    beside = list(_beside(index, 0, size))
    reading = iter(leaves)
    found: dict[tuple[int, int], bytes] = {}
    at = 0
    for start, end in sorted(beside):
        for _ in range(start - at):  # the leaf itself
            next(reading)
        found[start, end] = root(next(reading) for _ in range(end - start))
        at = end
    return [found[place] for place in reversed(beside)]


def proves(leaf: bytes, index: int, size: int, way: list[bytes], wanted: bytes) -> bool:
    """Whether the leaf stands at `index` of the tree of `size` leaves that has that root."""
    if not 0 <= index < size:
        return False
    beside = list(_beside(index, 0, size))
    if len(beside) != len(way):
        return False
    found = leaf
    for (start, _), other in zip(reversed(beside), way, strict=True):
        found = _node(other, found) if start < index else _node(found, other)
    return found == wanted


def _beside(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The subtrees beside the way from the root down to the leaf: (first, behind the last)."""
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield start, middle
            start = middle


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
