"""What operators see of the server: logs, metrics and traces, and the id that joins them.

`configure_logging` sets up the log of a process; `RequestTracking` gives each request its id, binds
it to the log and counts the request; `/metrics` is for Prometheus; `Tracing` is OpenTelemetry,
whose packages are an extra and are imported only where traces are wanted.
"""

from authberry.server.observability.escaping import escape_unprintable
from authberry.server.observability.logging import configure_logging
from authberry.server.observability.metrics import metrics, sampling_connections
from authberry.server.observability.request_tracking import RequestTracking
from authberry.server.observability.tracing import Tracing

__all__ = [
    "RequestTracking",
    "Tracing",
    "configure_logging",
    "escape_unprintable",
    "metrics",
    "sampling_connections",
]
