"""The OpenAPI document, from what viewsets enforce: `Operation`, its shapes and parameters."""

from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from apps.api.problems import MEDIA_TYPE, PROBLEMS, TYPE

# What any operation may be answered with.
ALWAYS = (
    "malformed-request", "bad-parameter", "unauthenticated", "forbidden", "not-acceptable",
    "too-many-requests", "failed", "unavailable",
)  # fmt: skip
WRITING = (
    "not-found", "conflict", "length-required", "too-large", "unsupported-media-type", "invalid",
)  # fmt: skip
_WHOLE_URL = {"type": ["string", "null"], "format": "uri"}


class ApiSchema(AutoSchema):
    """One operation, without guessing: nothing here reads a queryset or a serializer of a view."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        self.registry, self.path, self.method = registry, path, method
        self.path_regex, self.path_prefix = path_regex, path_prefix
        view: Any = self.view
        given = view.operation
        doc = getdoc(getattr(view, view.action)) or ""
        return {
            "operationId": _identifier(path, view.action),
            "summary": doc.split("\n")[0].rstrip("."),
            "description": f"{doc}\n\nScope: `{given.scope}`.",
            "tags": [path.split("/")[3]],
            "security": [{"apiToken": []}],
            "x-scope": given.scope,
            "parameters": list(self._parameters(view, path, method)),
            **self._body(given),
            "responses": self._responses(view, given, path, method),
        }

    def _shape(self, shape: Any, direction: Any) -> dict[str, Any]:
        return dict(self.resolve_serializer(shape, direction).ref)

    def _parameters(self, view: Any, path: str, method: str) -> Iterator[dict[str, Any]]:
        if "{id}" in path:
            yield {
                "name": "id", "in": "path", "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }  # fmt: skip
        for query in view.parameters():
            schema = query.schema()
            if query.name == "limit":
                schema = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
            found = {"name": query.name, "in": "query", "required": query.required}
            described = {"description": query.description} if query.description else {}
            yield {**found, **described, "schema": schema}
        if view.operation.guarded or view.operation.tagged:
            yield _header("If-Match", "The ETag that was read; needed in a prod environment.")
        if method == "POST" and not view.operation.secret:
            yield _header("Idempotency-Key", "The same for 24 hours is done once.", 255)

    def _body(self, given: Any) -> dict[str, Any]:
        if given.takes is None:
            return {}
        if isinstance(given.takes, Mapping):
            schema = dict(given.takes)
        else:
            schema = self._shape(given.takes, "request")
        if given.bulk or given.array:
            items = {"type": "array", "items": schema, "minItems": 1, "maxItems": given.most}
            schema = items if given.array else {"oneOf": [schema, items]}
        content: dict[str, Any] = {}
        for media_type in given.media_types:
            one = schema if media_type == "application/json" else {"type": "string"}
            content[media_type] = {"schema": one}
            if given.example is not None and media_type == "application/json":
                content[media_type]["examples"] = {"example": {"value": given.example}}
        return {"requestBody": {"required": True, "content": content}}

    def _responses(self, view: Any, given: Any, path: str, method: str) -> dict[str, Any]:
        found: dict[str, Any] = {str(given.status): self._success(given)}
        names = [*ALWAYS]
        if "{id}" in path:
            names.append("not-found")
        if method not in ("GET", "HEAD"):
            names += WRITING
            names += ["over-quota", "binding-suspended"]
        if method == "GET" and "{id}" in path:
            found["304"] = {"description": "It is what If-None-Match names"}
        if given.guarded or given.tagged or given.each:
            names += ["precondition-failed", "precondition-required"]
        if method == "POST":
            names += ["idempotency-conflict", "too-early"]
        by_status: dict[int, list[str]] = {}
        for name in dict.fromkeys(names):
            by_status.setdefault(PROBLEMS[name][0], []).append(name)
        problem = {"$ref": "#/components/schemas/Problem"}
        for status, types in sorted(by_status.items()):
            found[str(status)] = {
                "description": "; ".join(PROBLEMS[name][1] for name in types),
                "content": {
                    MEDIA_TYPE: {"schema": problem, "examples": {n: _example(n) for n in types}}
                },
            }
        return dict(sorted(found.items()))

    def _success(self, given: Any) -> dict[str, Any]:
        if given.answers is None:
            return {"description": "Done"}
        schema = self._shape(given.answers, "response")
        if given.export:
            lines = {"schema": {"type": "string"}}
            array = {"schema": {"type": "array", "items": schema}}
            content = {"application/json": array, "application/x-ndjson": lines, "text/csv": lines}
            return {"description": "Done", "content": content}
        if given.page:
            schema = self._page(given.answers, schema)
        if given.bulk or given.each:
            each = {"type": "object", "required": ["results"], "properties": {
                "results": {"type": "array", "items": schema}}}  # fmt: skip
            schema = {"oneOf": [schema, each]} if given.bulk else each
        return {"description": "Done", "content": {"application/json": {"schema": schema}}}

    def _page(self, shape: Any, items: dict[str, Any]) -> dict[str, Any]:
        name = f"{shape.__name__}Page"
        component: Any = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=ResolvedComponent.SCHEMA, object=name,
            schema={
                "type": "object", "required": ["results", "next", "previous"],
                "properties": {
                    "results": {"type": "array", "items": items},
                    "next": _WHOLE_URL, "previous": _WHOLE_URL,
                },
            },
        )  # fmt: skip
        self.registry.register_on_missing(component)
        return dict(component.ref)


def _identifier(path: str, action: str) -> str:
    """`/v1/runtime/services/{id}/retire` is `services_retire`."""
    return f"{path.split('/')[3]}_{action}".replace("-", "_")


def _header(name: str, description: str, longest: int = 2000) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": False, "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": longest},
    }  # fmt: skip


def _example(name: str) -> dict[str, Any]:
    status, title = PROBLEMS[name]
    document = {"type": TYPE + name, "title": title, "status": status}
    return {"value": {**document, "requestId": "0199a1b2-0000-7000-8000-000000000000"}}


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "requestId"],
    "properties": {
        "type": {"type": "string", "enum": [TYPE + name for name in PROBLEMS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "requestId": {"type": "string"},
        "scope": {"type": "string", "description": "The scope that the token lacks."},
        "errors": {
            "type": "array",
            "description": "Every member that was wrong; `index` in an array that was sent.",
            "items": {
                "type": "object",
                "required": ["field", "messages"],
                "properties": {
                    "index": {"type": "integer"},
                    "field": {"type": "string"},
                    "messages": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The last step: what every operation refers to."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "apiToken": {"type": "http", "scheme": "bearer", "description": "A token of an API client."}
    }
    return result


def only_the_api(endpoints: Any, **kwargs: Any) -> list[Any]:
    """The first step: viewsets alone."""
    return [one for one in endpoints if one[0].startswith("/v1/runtime/")]
