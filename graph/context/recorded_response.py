"""What an answer is to set, before there is one."""

from typing import Any, Protocol, TypeVar

from starlette.responses import Response


class Settable(Protocol):
    """An answer of any framework: Starlette's, FastAPI's and Litestar's are."""

    @property
    def headers(self) -> Any:
        """By name."""

    def set_cookie(self, *arguments: Any, **attributes: Any) -> None:
        """Set one."""


R = TypeVar("R", bound=Settable)


class RecordedResponse(Response):
    """Takes headers and cookies as an answer does, and puts them onto one that is made later."""

    def __init__(self) -> None:
        """Record nothing yet."""
        super().__init__()
        self._cookies: list[tuple[str, str, dict[str, Any]]] = []
        for name in ("content-length", "content-type"):
            if name in self.headers:
                del self.headers[name]

    def set_cookie(self, key: str, value: str = "", **attributes: Any) -> None:  # type: ignore[override]
        """Record a cookie."""
        self._cookies.append((key, value, attributes))

    def put_onto(self, response: R) -> R:
        """Put all that was recorded onto an answer, and return that."""
        for name, value in self.headers.items():
            response.headers[name] = value
        for key, content, attributes in self._cookies:
            response.set_cookie(key, content, **attributes)
        return response
