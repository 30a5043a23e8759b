"""The one way through which every request of the API goes, and what its viewsets share.

Promises: the order is token, right, parameters, door, throughput, kept answer, version; one door,
whose transaction ends after the answer is rendered; an answer of 400 and more leaves nothing.
Viewsets call operations, which ask the right once more.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.api import idempotency, queries, versions
from apps.api.authentication import TokenAuthentication
from apps.api.exporting import FORMAT
from apps.api.operation import Operation
from apps.api.parsers import JsonParser, check_length
from apps.api.problems import Problem, bad_parameter, errors_of, problem_of
from apps.api.queries import FIELDS, PAGING, Query
from apps.api.schema import ApiSchema
from apps.api.shapes import checked
from apps.core import door
from apps.core.errors import Invalid, NotFound
from apps.core.htmx import keyset_page
from apps.tenant_bindings.context import each_partition, enter_tenant
from apps.tenant_bindings.throughput import allow

SAFE = ("GET", "HEAD")
WHOLE_TENANT = UUID(int=0)
PUBLIC = "public"


class ApiViewSet(ViewSet):
    """`rows` and `represent` say what it is of; its methods are stamped by `operation`."""

    authentication_classes = [TokenAuthentication]
    permission_classes: Sequence[Any] = ()
    renderer_classes = [JSONRenderer]
    parser_classes: Sequence[Any] = [JsonParser]
    http_method_names = ["get", "head", "post", "patch", "delete"]
    schema = ApiSchema()

    # Rows of the control plane: no partition is entered, so that no binding's state matters.
    control_plane = False
    # Rows lie in the control plane as well as in every partition.
    of_every_chain = False
    # The column of the id that stands in URLs.
    key = "id"
    filters: Sequence[Query] = ()
    # {filter: its value where it is absent}
    defaults: Mapping[str, str] = {}
    # {what `order` may be: the key}, the first where it is absent.
    orders: Mapping[str, Sequence[str]] = {"-id": ("-id",)}
    # Members that change without anybody changing the thing.
    volatile: Sequence[str] = ()

    def rows(self) -> Any:
        """What there is to see, of the partition entered."""
        raise NotImplementedError

    def lists(self) -> Sequence[Any]:
        """The same in disjoint lists, where it lies in more than one table."""
        return [self.rows()]

    def represent(self, row: Any) -> dict[str, Any]:
        return dict(row.as_api())

    def gather(self, rows: Sequence[Any]) -> None:
        """Reads what `represent` needs besides the rows themselves, for all of them at once."""

    def places(self, entered: Any) -> Iterator[Any]:
        """Turns the door to wherever there are rows, one place after another."""
        return iter([None]) if self.control_plane else each_partition(entered)

    # The way in.

    @property
    def operation(self) -> Operation:
        found: Operation = getattr(self, str(self.action)).operation
        return found

    def check_permissions(self, request: Any) -> None:
        if not hasattr(getattr(self, str(self.action), None), "operation"):
            raise MethodNotAllowed(request.method)
        if not request.user.may(self.operation.scope):
            raise Problem(
                "forbidden", f"This needs {self.operation.scope}.", {"scope": self.operation.scope}
            )

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.kept: Any = None
        super().initial(request, *args, **kwargs)
        queries.check_known(request.GET, self.parameters())
        if request.method not in SAFE:
            check_length(request)
        body = request._request.body if request.method not in SAFE else b""
        self._enter(request, kwargs.get("id"))
        self._spend(request)
        if request.method == "POST" and (key := request.headers.get(idempotency.HEADER)):
            self._reserve(request, key, body)
        if self.operation.guarded:
            self._check_version(request, kwargs["id"])

    def parameters(self) -> list[Query]:
        found = [*self.operation.queries]
        if self.operation.export:
            found += [*self.filters, FORMAT]
        if self.operation.page:
            found += [*self.filters, *PAGING]
            if len(self.orders) > 1:
                found.append(Query("order", choices=list(self.orders)))
        if self.operation.answers is not None and not self.operation.whole:
            found.append(FIELDS)
        return found

    def _enter(self, request: Any, identifier: UUID | None) -> None:
        writing = request.method not in SAFE
        where: dict[str, Any] = {}
        if self.control_plane:
            where = {"partition": PUBLIC}
        elif writing:
            where = {"environment_id": self.environment_of(request, identifier)}
        django_request = request._request
        django_request.door = django_request.door_stack.enter_context(
            enter_tenant(request.user.tenant_id, actor=request.user.actor, writing=writing, **where)
        )
        door.require(self.operation.scope)

    def environment_of(self, request: Any, identifier: UUID | None) -> UUID:
        """Where a write works: where the thing is, or what the body or the query names."""
        if identifier is None:
            return named_environment(request)
        with enter_tenant(request.user.tenant_id, actor=request.user.actor) as entered:
            return UUID(str(self._found(entered, identifier).environment_id))

    def _spend(self, request: Any) -> None:
        entered = door.entered()
        place = entered.environment_id or WHOLE_TENANT
        limit = entered.throughput_rps
        allowance = allow(str(entered.tenant_id), place, limit)
        if limit is None:
            return
        wait = max(1, -(-int(allowance.retry_after * 1000) // 1000))
        self.limits = {
            "RateLimit-Policy": f'"binding";q={limit};w=1',
            "RateLimit": f'"binding";r={allowance.remaining};t={1 if allowance.allowed else wait}',
        }
        if not allowance.allowed:
            raise Problem(
                "too-many-requests",
                f"The binding admits {limit} requests a second.",
                headers={"Retry-After": str(wait)},
            )

    def _reserve(self, request: Any, key: str, body: bytes) -> None:
        if self.operation.secret:
            raise Problem("malformed-request", "The answer holds a token: it is kept for nobody.")
        path = request._request.get_full_path()
        self.kept = idempotency.reserve(key, idempotency.fingerprint(request.method, path, body))

    def _check_version(self, request: Any, identifier: UUID) -> None:
        header = request.headers.get("If-Match")
        if header is None:
            if (door.entered().binding or {}).get("stage") == "prod":
                raise Problem("precondition-required", "Send If-Match with the ETag you have read.")
            return
        if self.operation.lock is not None:
            self.operation.lock()
        row = self.rows().filter(id=identifier, environment_id=door.environment())
        found = row.select_for_update(of=("self",)).first()
        if found is None:
            raise NotFound
        versions.check(header, self.etag(self.represent(found)))

    # What viewsets answer with.

    def _found(self, entered: Any, identifier: UUID) -> Any:
        """The row, in whichever partition; the door stays turned to that one."""
        for _ in self.places(entered):
            for rows in self.lists():
                row = rows.filter(**{self.key: identifier}).first()
                if row is not None:
                    return row
        raise NotFound

    def found(self) -> Any:
        return self._found(door.entered(), self.kwargs["id"])

    def input(self, *, partial: bool = False) -> dict[str, Any]:
        """The body as the operation takes it."""
        found: dict[str, Any] = checked(self.operation.takes, self.request.data, partial=partial)
        return found

    def inputs(self, shape: Any = None, *, partial: bool = False) -> list[dict[str, Any]]:
        """The array that was sent, as operations take it."""
        data = self.request.data
        if not isinstance(data, list) or not data:
            raise Invalid("Send an array of at least one.")
        return list(checked(shape or self.operation.takes, data, many=True, partial=partial))

    def check_versions(self, rows: Sequence[Any], wanted: Sequence[dict[str, Any]]) -> None:
        """Takes `if_match` out of each item and holds it against its row, which is locked.

        A Problem of all items at once, as `If-Match` makes one of a single thing.
        """
        given = [one.pop("if_match", None) for one in wanted]
        is_prod = (door.entered().binding or {}).get("stage") == "prod"
        if is_prod and None in given:
            told = {f"[{n}].ifMatch": ["is missing"] for n, tag in enumerate(given) if tag is None}
            raise Problem(
                "precondition-required", "Name the ETag you have read, or *, in each item.",
                {"errors": errors_of(told)},
            )  # fmt: skip
        self.gather(rows)
        moved = {}
        for place, (row, tag) in enumerate(zip(rows, given, strict=True)):
            if tag is not None and not versions.matches(tag, self.etag(self.represent(row))):
                moved[f"[{place}].ifMatch"] = ["is another by now"]
        if moved:
            raise Problem("precondition-failed", "Read them again.", {"errors": errors_of(moved)})

    def answers(self, rows: Sequence[Any]) -> Response:
        """Many, in the order in which they were sent."""
        self.gather(rows)
        return Response({"results": self.chosen([self.represent(row) for row in rows])})

    def etag(self, data: Mapping[str, Any]) -> str:
        return versions.etag_of(data, self.volatile)

    def answer(self, row: Any, status: int = 200, location: str = "") -> Response:
        """One thing, with its version."""
        self.gather([row])
        data = self.represent(row)
        etag = self.etag(data)
        headers = {"ETag": etag}
        if status == 201:
            headers["Location"] = self.request.build_absolute_uri(location or self._place(data))
        unchanged = self.request.headers.get("If-None-Match", "")
        if self.request.method in SAFE and versions.matches(unchanged, etag, weakly=True):
            return Response(status=304, headers=headers)
        return Response(self.chosen([data])[0], status=status, headers=headers)

    def file(self, content: bytes) -> HttpResponse:
        """A JSON file, byte for byte."""
        return HttpResponse(content, content_type="application/json")

    def _place(self, data: Mapping[str, Any]) -> str:
        identifier = next(iter(data.values()))
        return f"{self.request.path.rstrip('/')}/{identifier}"

    def conditions(self, given: Mapping[str, str]) -> list[Any]:
        """What the filters that are given ask of a row, and the default ones that are not."""
        asked = {
            **self.defaults,
            **{q.name: given[q.name] for q in self.filters if q.name in given},
        }
        return [q.where(asked[q.name]) for q in self.filters if q.name in asked]

    def page(self) -> Response:
        """One page of what the filters leave, merged from every partition."""
        given = self.request._request.GET
        condition = self.conditions(given)
        order = self._order(given)

        def filtered() -> Iterator[Any]:
            for _ in self.places(door.entered()):
                yield from (rows.filter(*condition) for rows in self.lists())

        try:
            found = keyset_page(
                self.request._request, filtered, order=order, size=queries.limit_of(given)
            )
        except Invalid as error:
            name, messages = next(iter(error.fields.items()))
            raise bad_parameter(name, messages[0]) from error
        self.gather(found.rows)
        return Response(
            {
                "results": self.chosen([self.represent(row) for row in found.rows]),
                "next": self._whole(found.next_url),
                "previous": self._whole(found.previous_url),
            }
        )

    def _order(self, given: Any) -> Sequence[str]:
        name = given.get("order", next(iter(self.orders)))
        if name not in self.orders:
            raise bad_parameter("order", f"must be one of {', '.join(self.orders)}.")
        return self.orders[name]

    def _whole(self, url: str) -> str | None:
        return self.request.build_absolute_uri(url) if url else None

    def columns(self) -> list[str]:
        """The members to answer with: those that `fields` names, or all."""
        known = list(self.operation.answers().fields)
        if "fields" not in self.request.GET:
            return known
        names = [name for name in self.request.GET["fields"].split(",") if name]
        if unknown := [name for name in names if name not in known]:
            raise bad_parameter("fields", f"'{unknown[0][:60]}' is none of {', '.join(known)}.")
        if not names:
            raise bad_parameter("fields", "names none.")
        return names

    def name_of_files(self) -> str:
        """`services`, of /v1/runtime/services/export."""
        return str(self.request.path.split("/")[3])

    def chosen(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Only the members that `fields` names."""
        if "fields" not in self.request.GET:
            return data
        names = self.columns()
        return [{name: one.get(name) for name in names} for one in data]

    # The way out.

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, idempotency.Again):
            return exc.response()
        problem = problem_of(exc)
        if problem.name == "forbidden":
            self.request._request.refusal = {
                "scope": self.operation.scope, "tenant": self.request.user.tenant_id,
            }  # fmt: skip
        return super().handle_exception(problem)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["Authorization", "Accept"])
        for name, value in getattr(self, "limits", {}).items():
            response[name] = value
        if getattr(request._request, "door", None) is not None:
            if response.status_code >= 400:
                transaction.set_rollback(True, using=door.current_alias())
            elif getattr(self, "kept", None) is not None:
                response.render()
                idempotency.keep(self.kept, response)
        return response


def named_environment(request: Any) -> UUID:
    """`environmentId` of the query or of the body; of an array the one that all items name."""
    if text := request.GET.get("environmentId"):
        found: UUID = Query("environmentId", kind="uuid").read(text)
        return found
    data = request.data
    items = data if isinstance(data, list) else [data]
    if not items:
        raise Invalid("Send at least one.")
    given = [item.get("environmentId") if isinstance(item, dict) else None for item in items]
    wrong = {}
    for index, one in enumerate(given):
        prefix = f"items[{index}]." if isinstance(data, list) else ""
        if one is None:
            wrong[f"{prefix}environmentId"] = ["is missing"]
        elif one != given[0]:
            wrong[f"{prefix}environmentId"] = ["must be the same in all items of a request"]
    if wrong:
        raise Invalid("Name the environment.", fields=wrong)
    try:
        return UUID(given[0])
    except (ValueError, AttributeError, TypeError) as error:
        raise Invalid.field("environmentId", "must be the id of an environment.") from error
