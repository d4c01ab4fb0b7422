"""Opening the services: by the lifespan or, where nobody runs that, by the first request.

A server runs the lifespan of the application it serves. Starlette and FastAPI do not pass it on to
what is mounted in them, so that a host which writes `Mount("/auth", create_app())` and nothing else
would have services that nobody opened. Then the first request opens them, and a task holds them
open until the event loop ends, which cancels its tasks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from authberry import SettingsError
from authberry.errors import ServiceUnavailable
from authberry.graph.errors import as_error
from authberry.models import DatabaseTooNew, DatabaseUnavailable
from authberry.models.event_logger import event_logger

logger = event_logger("authberry.server")

EXPECTED = (DatabaseUnavailable, DatabaseTooNew, SettingsError)
"""Why services cannot be opened, in words that may be logged."""

_keepers: set[asyncio.Task[None]] = set()
"""The loop itself knows tasks weakly: one that only its application knows could be collected."""


class ServiceLifespan:
    """Whether the services of an application are open, and who opens them."""

    def __init__(
        self,
        services: Callable[[], AbstractAsyncContextManager[None]],
        follow: Callable[[str], None],
    ) -> None:
        """Open nothing yet.

        Args:
            services: Opens them, and closes them at the end of the block; may be done again.
            follow: Called once, with the path that the first request found the application under.
        """
        self.is_ready = False
        self._services = services
        self._follow: Callable[[str], None] | None = follow
        self._is_open = False
        self._opened: asyncio.Future[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def hold_open(self, _app: object) -> AsyncIterator[None]:
        """Hold the services open while the block lasts."""
        if self._is_open:  # a request was faster, and its keeper closes them
            yield
            return
        async with self._services():
            self._is_open = True
            try:
                yield
            finally:
                self._is_open = self.is_ready = False

    async def make_ready(self, root_path: str) -> None:
        """Open what is not open yet, for a request that found the application under `root_path`.

        Raises:
            ServiceUnavailable: it cannot be opened, which the log explains. The next request tries
                again.
        """
        if not self._is_open:
            await self._open()
        if self._follow:
            follow, self._follow = self._follow, None
            follow(root_path)
        self.is_ready = True

    async def _open(self) -> None:
        """Open them in a task of their own; requests that come meanwhile wait for the same task."""
        if self._opened is None:
            loop = asyncio.get_running_loop()
            self._opened = loop.create_future()
            # In a context of its own: what the services do later is not done for this request.
            self._keeper = loop.create_task(self._keep(self._opened), context=Context())
            _keepers.add(self._keeper)
            self._keeper.add_done_callback(_keepers.discard)
        await asyncio.shield(self._opened)

    async def _keep(self, opened: asyncio.Future[None]) -> None:
        try:
            async with self.hold_open(None):
                opened.set_result(None)
                await asyncio.Event().wait()  # for ever: until it is cancelled
        except EXPECTED as error:
            logger.error("cannot open", extra={"cause": str(error)})  # noqa: TRY400 - no surprise
            _refuse(opened)
        except Exception:
            logger.exception("cannot open")
            _refuse(opened)
        finally:
            self._opened = self._keeper = None


class RequireServices:
    """Lets a request through to an endpoint that needs the services, once they are open."""

    def __init__(self, app: ASGIApp, *, lifespan: ServiceLifespan) -> None:
        """Wrap an endpoint."""
        self._app = app
        self._lifespan = lifespan

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request; once they are open, this costs one comparison."""
        if self._lifespan.is_ready:
            return self._app(scope, receive, send)
        return self._open_and_serve(scope, receive, send)

    async def _open_and_serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._lifespan.make_ready(scope.get("root_path", ""))
        except ServiceUnavailable as refusal:
            body = {"errors": [as_error(refusal).formatted]}
            headers = {"Retry-After": str(refusal.retry_after)}
            await JSONResponse(body, 503, headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _refuse(opened: asyncio.Future[None]) -> None:
    if not opened.done():
        opened.set_exception(ServiceUnavailable())
