import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.integrations.kubernetes.images import NotAnImage, parse_image

DIGEST = "sha256:" + "0123456789abcdef" * 4
WORD = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?", fullmatch=True)
REGISTRY = st.sampled_from(
    ["", "localhost/", "localhost:5000/", "ghcr.io/", "reg.example.com:8443/", "registry:5000/"]
)


@pytest.mark.parametrize(
    ("reference", "repository", "tag", "digest", "version"),
    [
        ("mongo", "mongo", "", "", "latest"),
        ("redis:alpine", "redis", "alpine", "", "alpine"),
        ("registry:5000/team/app", "registry:5000/team/app", "", "", "latest"),
        ("localhost:5000/app:1.2", "localhost:5000/app", "1.2", "", "1.2"),
        (f"busybox@{DIGEST}", "busybox", "", DIGEST, "sha256:0123456789ab"),
        (f"ghcr.io/a/b:2@{DIGEST}", "ghcr.io/a/b", "2", DIGEST, "2"),
        ("a/b/c_d/e--f:v1.0_x", "a/b/c_d/e--f", "v1.0_x", "", "v1.0_x"),
        ("[::1]:5000/app:1", "[::1]:5000/app", "1", "", "1"),
    ],
)
def test_an_image_is_read_with_tag_digest_both_or_neither(
    reference: str, repository: str, tag: str, digest: str, version: str
) -> None:
    image = parse_image(reference)
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)
    assert image.version == version
    assert image.reference == reference


@given(
    registry=REGISTRY,
    path=st.lists(WORD, min_size=1, max_size=4),
    tag=st.from_regex(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20})?", fullmatch=True),
    digest=st.sampled_from(["", DIGEST]),
)
def test_any_image_that_is_put_together_comes_apart_again(
    registry: str, path: list[str], tag: str, digest: str
) -> None:
    repository = registry + "/".join(path)
    image = parse_image(repository + (f":{tag}" if tag else "") + (f"@{digest}" if digest else ""))
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)


@pytest.mark.parametrize(
    "reference",
    [
        *("", " ", "${IMAGE}", "{{ .Values.image }}", "Team/App:1", "app:", "app@sha256:12", "a b"),
        *("https://ghcr.io/a/b", "user:pw@ghcr.io/a", "/app", "app/", "app:1:2", "a" * 600),
    ],
)
def test_what_is_no_image_is_refused(reference: str) -> None:
    with pytest.raises(NotAnImage):
        parse_image(reference)


@given(st.text())
def test_no_text_breaks_the_reading_of_images(text: str) -> None:
    with contextlib.suppress(NotAnImage):
        assert parse_image(text).reference == text
