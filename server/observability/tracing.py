"""OpenTelemetry, where the standard environment variables ask for it, or a host brings it.

Everything that needs its packages is in `spans`, which is imported only then.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware

from authberry.graph import Schema
from authberry.models.event_logger import event_logger

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider as OwnTracerProvider
    from opentelemetry.trace import Tracer, TracerProvider

logger = event_logger("authberry.server")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
FLUSH_TIMEOUT = 3  # seconds, for spans that were not sent when the process ends


class Tracing:
    """The spans of one application; without a tracer nothing is added to it."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        """Trace with a host's provider or, without one, as the environment says."""
        self._own = None if provider else _from_environment()
        chosen = provider or self._own
        self._tracer: Tracer | None = chosen.get_tracer("authberry") if chosen else None

    def watch(self, schema: Schema) -> None:
        """Make a span of each operation, and of each of its root fields."""
        if self._tracer:
            from authberry.server.observability.spans import OperationSpans  # noqa: PLC0415 - an extra

            schema.watch(OperationSpans(self._tracer))

    def middleware(self, routes: Mapping[Any, str]) -> list[Middleware]:
        """Make a span of each request to endpoints with these paths."""
        if not self._tracer:
            return []
        from authberry.server.observability.spans import RequestSpans  # noqa: PLC0415 - an extra

        return [Middleware(RequestSpans, tracer=self._tracer, routes=routes)]

    @asynccontextmanager
    async def flushing(self) -> AsyncIterator[None]:
        """Send at the end of the block what was not sent yet."""
        try:
            yield
        finally:
            if self._own:
                await asyncio.to_thread(_shut_down, self._own)


def _shut_down(provider: "OwnTracerProvider") -> None:
    """Wait for spans that are being sent, but no longer than `FLUSH_TIMEOUT`."""
    thread = Thread(target=provider.shutdown, daemon=True)
    thread.start()
    thread.join(FLUSH_TIMEOUT)


def _from_environment() -> "OwnTracerProvider | None":
    """Make a provider where a collector is named, unless traces are switched off."""
    environ = os.environ
    if (
        not any(environ.get(name) for name in ENDPOINTS)
        or environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    ):
        return None
    try:
        from authberry.server.observability.spans import make_provider  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        logger.warning("no traces: authberry[tracing] is not installed")
        return None
    return make_provider()
