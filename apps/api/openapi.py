"""The OpenAPI document, made once a process: it depends on the code alone."""

import hashlib
import json
from functools import cache

from drf_spectacular.generators import SchemaGenerator


@cache
def text() -> str:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    found = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


@cache
def etag() -> str:
    return f'"{hashlib.sha256(text().encode()).hexdigest()[:32]}"'
