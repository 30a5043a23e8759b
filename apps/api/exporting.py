"""A collection as a file: all that its filters leave, streamed batch by batch."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from apps.api.queries import Query
from apps.core import door, tables
from apps.core.audit import CONTROL_PLANE
from apps.tenant_bindings.streaming import Shown, places_of, stream

FORMAT = Query(
    "format", choices=list(tables.STREAMS), description="`ndjson`, where absent: JSON lines."
)


def exported(view: Any) -> StreamingHttpResponse:
    """What `view.page` would show on all of its pages. Parameters are refused before it begins."""
    given = view.request._request.GET
    condition, order = view.conditions(given), next(iter(view.orders.values()))
    format = FORMAT.read(given.get("format", "ndjson"))
    columns = view.columns()
    entered = door.entered()
    places = [CONTROL_PLANE]
    if not view.control_plane:
        places = places_of(entered, control_plane=view.of_every_chain)

    def shown(rows: Sequence[Any]) -> list[Shown]:
        view.gather(rows)
        return [{name: one.get(name) for name in columns} for one in map(view.represent, rows)]

    batches = stream(
        entered, view.operation.scope, places,
        lambda: [rows.filter(*condition) for rows in view.lists()], order, shown,
    )  # fmt: skip
    return as_file(tables.streamed(batches, columns, format), format, view.name_of_files())


def as_file(chunks: Iterator[bytes], format: str, name: str) -> StreamingHttpResponse:
    media_type = tables.STREAMS[format]
    response = StreamingHttpResponse(chunks, content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response
