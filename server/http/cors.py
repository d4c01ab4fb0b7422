"""Which pages of other origins may send requests and read answers (CORS)."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from authberry import Settings
from authberry.graph.context import LOOPBACK_ORIGIN

PREFLIGHT_MAX_AGE = 600  # seconds


def cors(settings: Settings) -> Middleware:
    """Allow exact origins, with credentials; in development every loopback origin too."""
    return Middleware(
        CORSMiddleware,
        allow_origins=[settings.origin, *settings.allowed_origins],
        allow_origin_regex=None if settings.is_production else LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "GraphQL-Require-Preflight"],
        allow_credentials=True,
        expose_headers=["Retry-After", "X-Request-Id"],
        max_age=PREFLIGHT_MAX_AGE,
    )
