"""The spans: a request, the operation in it, and each of its root fields.

They hold names of ours, statuses and durations, and the operation's name; never a document, a
variable, an address, or the text of an exception, any of which may be a secret or somebody's.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from inspect import isawaitable
from typing import Any

from graphql import GraphQLResolveInfo, OperationDefinitionNode
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer, format_trace_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authberry.graph.fields import outcome_of
from authberry.metrics import METHODS

NAME_LENGTH = 100
_ENCODING = "latin-1"


def make_provider() -> TracerProvider:
    """Make what sends spans to where OTEL_EXPORTER_OTLP_* says, as the other OTEL_* say."""
    resource = Resource.create({SERVICE_VERSION: version("authberry")})
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "authberry"}))
    # Ended by its owner, in bounded time; not by the interpreter, which would wait for a collector.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class RequestSpans:
    """Makes a span of each request, in the trace that its `traceparent` names, or in a new one."""

    def __init__(self, app: ASGIApp, *, tracer: Tracer, routes: Mapping[Any, str]) -> None:
        """Wrap an application whose endpoints have these paths."""
        self._app = app
        self._tracer = tracer
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        status = 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(
            method,
            context=extract(_headers(scope)),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.scheme": scope["scheme"]},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            scope["trace_id"] = format_trace_id(span.get_span_context().trace_id)
            try:
                await self._app(scope, receive, send_and_note)
            finally:
                if route := self._routes.get(scope.get("endpoint")):
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("authberry.request_id", scope["request_id"])
                if status >= 500:  # noqa: PLR2004
                    span.set_status(StatusCode.ERROR)


class OperationSpans:
    """Makes a span of an operation, and of each of its root fields: `login`, `me`, ..."""

    def __init__(self, tracer: Tracer) -> None:
        """Trace the operations of a schema."""
        self._tracer = tracer

    @contextmanager
    def operation(self, node: OperationDefinitionNode) -> Iterator[None]:
        """Trace an operation that is run."""
        kind = node.operation.value
        with _span_without_exception(self._tracer, kind) as span:
            span.set_attribute("graphql.operation.type", kind)
            if node.name:
                span.set_attribute("graphql.operation.name", node.name.value[:NAME_LENGTH])
            yield

    def resolve(
        self,
        _next: Callable[..., Any],
        root: Any,
        info: GraphQLResolveInfo[Any],
        *args: str,
        **kwargs: Any,
    ) -> Any:
        """Trace a root field; those below it only read."""
        answer = _next(root, info, *args, **kwargs)
        if info.path.prev is None and isawaitable(answer):
            return self._traced(info.field_name, answer)
        return answer

    async def _traced(self, field: str, answer: Awaitable[Any]) -> Any:
        with _span_without_exception(self._tracer, field) as span:
            end: object = None
            try:
                end = await answer
            except BaseException as error:
                end = error
                raise
            finally:
                span.set_attribute("authberry.outcome", outcome_of(end))
            return end


def _span_without_exception(tracer: Tracer, name: str) -> Any:
    return tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)


def _headers(scope: Scope) -> dict[str, str]:
    """The headers as propagators read them; several of a name are one list (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode(_ENCODING), raw_value.decode(_ENCODING)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
