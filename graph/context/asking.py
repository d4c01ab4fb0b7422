"""Who is asking: whom the access token names or, without one, whom the session's cookie does."""

from functools import cached_property

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Auth, Viewer
from authberry.errors import AuthError, BadRequest, Unauthenticated, UnauthenticatedReason
from authberry.graph.context.browser import Browser
from authberry.graph.context.cached_result import CachedResult
from authberry.tokens import Claims, bearer_token

TWO_PEOPLE = (
    "The access token and the session cookie are of different people. Send one of them, or log out."
)


class Asking:
    """What one request proves of who sends it, looked up once however many fields ask."""

    def __init__(
        self, auth: Auth, request: HTTPConnection, response: Response, browser: Browser
    ) -> None:
        """Look at nothing yet."""
        self._auth = auth
        self._request = request
        self._response = response
        self._browser = browser
        self._claims = CachedResult(self._find_claims)
        self._viewer = CachedResult(self._find_viewer)
        self._earlier: Asking | None = None

    async def claims(self) -> Claims:
        """What the access token says, or would say of whom the cookie stands for.

        Raises:
            Unauthenticated: TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED; or, of a cookie,
                SESSION_REVOKED.
            CrossSiteRequest: there is a cookie alone, and the request may not use it.
            BadRequest: there are both, of different people.
        """
        return await self._claims.get()

    async def viewer(self) -> Viewer:
        """The person and their live session; raises as `claims`, or SESSION_REVOKED."""
        return await self._viewer.get()

    def go_on_from(self, earlier: "Asking") -> None:
        """Look nobody up whom something before in the same request has found."""
        self._earlier = earlier

    def replace(self, viewer: Viewer) -> None:
        """Go on as somebody else."""
        self._viewer.replace(viewer)

    @cached_property
    def _by_cookie(self) -> CachedResult[Viewer]:
        return CachedResult(self._find_by_cookie)

    @cached_property
    def bearer(self) -> str | None:
        """The access token, or None without any `Authorization`.

        Raises:
            Unauthenticated: TOKEN_MISSING, it is of another scheme; TOKEN_INVALID, there are two.
        """
        headers = self._request.headers.getlist("authorization")
        token = bearer_token(headers)
        if token is None and headers:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        return token

    async def _find_claims(self) -> Claims:
        token = self.bearer
        if token is None:
            return self._auth.sessions.cookies.claims(await self._by_cookie.get())
        claims = await self._auth.signing.access_tokens.verify(token)
        if "cookie" in self._request.headers and self._browser.session_cookie.is_held:
            await self._require_same_person(claims)
        return claims

    async def _find_viewer(self) -> Viewer:
        if self.bearer is None:
            return await self._by_cookie.get()
        claims = await self.claims()
        return self._found_earlier or await self._auth.sessions.viewers.viewer(claims)

    async def _find_by_cookie(self) -> Viewer:
        presented = self._browser.session_cookie.presented()
        if not presented:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        self._response.headers["Cache-Control"] = "no-store"
        if self.bearer is None and (viewer := self._found_earlier):
            return viewer
        return await self._auth.sessions.cookies.viewer(presented)

    @property
    def _found_earlier(self) -> Viewer | None:
        return None if self._earlier is None else self._earlier._viewer.found  # noqa: SLF001 - ours

    async def _require_same_person(self, claims: Claims) -> None:
        try:
            viewer = await self._by_cookie.get()
        except AuthError:
            return  # it stands for nobody, or may not be looked at: the token alone counts
        if viewer.user.id != claims.user_id:
            raise BadRequest(TWO_PEOPLE)
