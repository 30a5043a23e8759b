"""Image references, by the grammar of the distribution project.

Kept as they are written: `nginx` is not turned into `docker.io/library/nginx`, because the
release says what was asked for. Who compares images brings both sides to one form.
"""

import re
from dataclasses import dataclass

_HOST = (
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:[0-9])|\[[0-9a-fA-F:]+\])"
)
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    # A first part is a registry only with a dot, a port or as localhost; `team/app:1` has none.
    rf"(?P<repository>(?:{_HOST}(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128}))?",
    re.ASCII,
)
_LONGEST = 512
_SHORT_DIGEST = 12


class NotAnImage(ValueError):
    """A template that was not rendered, a name in capitals, or no reference at all."""


@dataclass(frozen=True)
class Image:
    reference: str
    repository: str  # With the registry and its port, as written.
    tag: str
    digest: str

    @property
    def version(self) -> str:
        """The tag; without one, the digest's algorithm and first 12 digits; with neither "latest".

        The tag wins over the digest because people know releases by it; the reference keeps both.
        "latest" is what a runtime takes where nothing is said.
        """
        if self.tag:
            return self.tag
        algorithm, _, digits = self.digest.partition(":")
        return f"{algorithm}:{digits[:_SHORT_DIGEST]}" if digits else "latest"


def parse_image(reference: str) -> Image:
    """Raises NotAnImage."""
    # The length first: the pattern's cost grows with it.
    match = _REFERENCE.fullmatch(reference) if len(reference) <= _LONGEST else None
    if match is None:
        raise NotAnImage("is not an image reference.")
    return Image(reference, match["repository"], match["tag"] or "", match["digest"] or "")
