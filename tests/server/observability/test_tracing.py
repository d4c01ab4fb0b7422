"""OpenTelemetry: spans that say what was done and how long it took, and nothing of whom."""

import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from apps import SECRET, person
from browser import Browser, data
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from frozen_clock import FrozenClock
from log_lines import LogLines
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from people import PASSWORD
from processes import OpenBrowser, Serve
from starlette.applications import Starlette

from authberry import Auth, Settings
from authberry.server.app import create_app
from authberry.server.http import CrossOrigin, SecurityHeaders, UnhandledErrors
from authberry.server.observability import RequestTracking

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
ADA = {"email": "ada@example.com", "password": PASSWORD}
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """What was traced."""
    return InMemorySpanExporter()


@pytest.fixture
async def traced(
    database_url: str, clock: FrozenClock, spans: InMemorySpanExporter
) -> AsyncIterator[Starlette]:
    """An application whose host brings OpenTelemetry."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    settings = Settings.load(database_url=database_url, secret=SECRET)
    app = create_app(settings, clock=clock, tracer_provider=provider)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        yield app


def facts(span: ReadableSpan) -> dict[str, Any]:
    """The attributes, but for the id, which differs each time."""
    known = dict(span.attributes or {})
    assert len(str(known.pop("authberry.request_id", "0" * 16))) == 16
    return known


async def test_a_request_an_operation_and_its_fields_are_spans(
    traced: Starlette, spans: InMemorySpanExporter
) -> None:
    """One within the other, with the names of ours and the one the client gave the operation."""
    auth: Auth = traced.state.auth
    await person(auth, "ada@example.com")
    answer = await Browser(traced).ask(LOGIN, ADA)
    login, operation, request = spans.get_finished_spans()
    assert (login.name, facts(login)) == ("login", {"authberry.outcome": "OK"})
    assert operation.name == "mutation"
    assert facts(operation) == {
        "graphql.operation.type": "mutation",
        "graphql.operation.name": "Login",
    }
    assert (request.name, request.kind) == ("POST /graphql", SpanKind.SERVER)
    assert facts(request) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "url.scheme": "http",
    }
    assert request.parent is None
    assert login.parent == operation.get_span_context()
    assert operation.parent == request.get_span_context()
    assert (request.attributes or {})["authberry.request_id"] == answer.headers["x-request-id"]


async def test_a_refusal_and_a_fault_are_told_apart(
    traced: Starlette, spans: InMemorySpanExporter, log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the words clients are told; the text of an exception stays in the log."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("postgres://admin:hunter2@10.0.0.5")

    log.start()
    browser = Browser(traced)
    await browser.ask(LOGIN, ADA)
    await browser.ask("{ me { id } session { id } }")
    await browser.ask("{ nope }")
    await browser.send("SENTINEL", "/nothing/sentinel")
    monkeypatch.setattr("authberry.server.http.health.JSONResponse", fail)
    await browser.send("GET", "/health/live")
    finished = spans.get_finished_spans()
    outcomes = [
        (span.name, facts(span)["authberry.outcome"])
        for span in finished
        if "authberry.outcome" in facts(span)
    ]
    assert outcomes[0] == ("login", "INVALID_CREDENTIALS")
    assert sorted(outcomes[1:]) == [("me", "UNAUTHENTICATED"), ("session", "UNAUTHENTICATED")]
    ended = [(span.name, span.status.status_code) for span in finished if span.parent is None]
    assert ended[-2:] == [("_OTHER", StatusCode.UNSET), ("GET /health/live", StatusCode.ERROR)]
    assert not any(span.events for span in finished)
    written = "".join(span.to_json() for span in finished)
    assert "hunter2" not in written
    assert "entinel" not in written


async def test_a_trace_goes_on_that_was_begun_elsewhere(
    traced: Starlette, spans: InMemorySpanExporter, log: LogLines
) -> None:
    """And the log names it; without one, or with a malformed one, a new one begins."""
    log.start()
    browser = Browser(traced)
    for sent in (TRACEPARENT, TRACEPARENT.upper(), None):
        await browser.ask(LOGIN, ADA, headers={"traceparent": sent})
    requests = [span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER]
    ids = [f"{span.context.trace_id:032x}" for span in requests if span.context]
    assert ids[0] == TRACE
    parents = [span.parent and f"{span.parent.span_id:016x}" for span in requests]
    assert parents == [PARENT, None, None]
    assert len(set(ids)) == 3
    assert [event["trace_id"] for event in log.events] == ids


async def test_no_span_tells_a_secret_or_whose_it_is(
    traced: Starlette, spans: InMemorySpanExporter, clock: FrozenClock
) -> None:
    """Through every mutation: no document, no variable, no token, no address, nobody."""
    browser = Browser(traced)
    headers = {"User-Agent": "sentinel browser", "baggage": "sentinel=baggage"}
    account = {**ADA, "transport": "BODY", "name": "Ada Sentinel"}
    answers = [data(await browser.ask(REGISTER, account, headers=headers))]
    answers.append(data(await browser.ask(LOGIN, ADA, transport="BODY")))
    clock.tick(31)
    presented = {"refreshToken": answers[1]["refreshToken"]}
    answers.append(data(await browser.ask(REFRESH_TOKEN, presented)))
    access = answers[1]["accessToken"]
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    answers.append(data(await browser.ask(CHANGE_PASSWORD, change, token=access)))
    await browser.ask(
        'mutation { login(email: "x@y.example", password: "sentinel") { __typename }}'
    )
    await browser.ask(ME, token=access)
    await browser.ask(LOGOUT, token=access)
    await browser.send("GET", "/graphql?query={me{sentinel}}&token=sentinel")
    written = "".join(span.to_json() for span in spans.get_finished_spans())
    assert written.count('"name": "POST /graphql"') == 7
    told = ["entinel", "@", PASSWORD, change["newPassword"], "192.0.2.1", "Firefox", "__typename"]
    for answer in answers:
        told += [answer[name] for name in ("accessToken", "refreshToken") if answer.get(name)]
        told += [answer["user"]["id"], answer["session"]["id"]]
    assert [secret for secret in told if secret in written] == []


# As the environment says


class Collector(ThreadingHTTPServer):
    """Takes traces by OTLP over HTTP."""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.received: list[Any] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = ExportTraceServiceRequest.FromString(body)
        self.server.received += [(self.path, one) for one in request.resource_spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector, as an operator runs one."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_server_sends_its_spans_to_where_it_is_told(
    serve: Serve,
    open_browser: OpenBrowser,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    """By the standard variables alone, and what is left when it is told to stop."""
    monkeypatch.setenv(ENDPOINT, collector.url)
    server = serve(workers=workers)
    await open_browser(server).ask(LOGIN, ADA, headers={"traceparent": TRACEPARENT})
    assert server.stop() == 0
    sent = [
        (span.name, span.trace_id.hex())
        for _, resource in collector.received
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {name for name, trace in sent if trace == TRACE} == {
        "POST /graphql",
        "mutation",
        "login",
    }
    path, resource = collector.received[0]
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert path == "/v1/traces"
    assert named["service.name"] == "authberry"
    logged = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    assert [line["trace_id"] for line in logged if line["event"] == "login_failed"] == [TRACE]


async def test_a_collector_that_is_away_is_in_nobody_s_way(
    serve: Serve, open_browser: OpenBrowser, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are answered, and the server stops when it is told."""
    collector.server_close()
    monkeypatch.setenv(ENDPOINT, collector.url)
    server = serve()
    assert data(await open_browser(server).ask(LOGIN, ADA))["__typename"] == "InvalidCredentials"
    assert server.stop() == 0


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
async def test_without_being_told_there_is_nothing_in_the_way(
    database_url: str, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """Neither a middleware nor an extension, and no thread."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    threads = threading.active_count()
    app = create_app(Settings.load(database_url=database_url, secret=SECRET))
    kinds: list[Any] = [middleware.cls for middleware in app.user_middleware]
    inner = [SecurityHeaders, CrossOrigin, UnhandledErrors]
    assert kinds == [RequestTracking, *inner]
    assert threading.active_count() == threads


async def test_traces_that_cannot_be_are_a_warning(
    database_url: str, monkeypatch: pytest.MonkeyPatch, log: LogLines
) -> None:
    """Who asks for them without the extra is told, and is served."""
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "authberry.server.observability.spans", None)
    log.start()
    create_app(Settings.load(database_url=database_url, secret=SECRET))
    (record,) = log.records
    assert (record["level"], record["event"]) == (
        "warning",
        "no traces: authberry[tracing] is not installed",
    )
