"""All that verifies access tokens: the server, the verifier, and a service that uses it.

A forged token is a success if one of them takes it; so each token is given to all of them.
"""

from typing import Any

import httpx
from browser import Browser
from log_lines import LogLines
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from authberry import AccessTokenVerifier
from authberry.errors import Unauthenticated
from authberry.server.verify.starlette import authentication
from authberry.tokens.jose import Key

DOCUMENT = "{ __typename me { id } }"
LOCATION = {"line": 1, "column": 14}


class TokenVerifiers:
    """Gives a token to each of them, and returns the answer, which must be the same."""

    def __init__(
        self, browser: Browser, verifier: AccessTokenVerifier, user_id: str, log: LogLines
    ) -> None:
        """Take the id of the user whose token is genuine."""
        self._browser = browser
        self._verifier = verifier
        self._user_id = user_id
        self._log = log
        self._shown: list[str] = []
        transport = httpx.ASGITransport(_service(verifier))
        self._service = httpx.AsyncClient(transport=transport, base_url="http://api")

    async def refusal(self, token: str) -> str | None:
        """Why a token is refused; None if it is taken, for the person it is about."""
        self._shown.append(token)
        answers = {
            "server": await self._at_the_server(token),
            "verifier": await self._at_the_verifier(token),
            "service": await self._at_the_service(token),
        }
        assert len(set(answers.values())) == 1, answers
        return answers["server"]

    def assert_nothing_was_logged(self) -> None:
        """Of no token that was shown, nor of any part of one that is long enough to be it."""
        text = self._log.text
        for token in self._shown:
            assert [part for part in token.split(".") if len(part) > 16 and part in text] == []

    async def _at_the_server(self, token: str) -> str | None:
        response = await self._browser.ask(DOCUMENT, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200
        body = response.json()
        if "errors" not in body:
            assert body == {"data": {"__typename": "Query", "me": {"id": self._user_id}}}
            return None
        reason = body["errors"][0]["extensions"].get("reason")
        assert body == _refused(body["errors"][0]["message"], reason)
        return str(reason)

    async def _at_the_verifier(self, token: str) -> str | None:
        try:
            claims = await self._verifier.verify(token)
        except Unauthenticated as refusal:
            return refusal.reason.name
        assert str(claims.user_id) == self._user_id
        return None

    async def _at_the_service(self, token: str) -> str | None:
        response = await self._service.get("/", headers=[(b"Authorization", _authorization(token))])
        if response.status_code == 200:
            assert response.text == self._user_id
            return None
        assert response.status_code == 401
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        return str(error["extensions"]["reason"])

    async def close(self) -> None:
        """Close the client of the service."""
        await self._service.aclose()


def _authorization(token: str) -> bytes:
    return f"Bearer {token}".encode("latin-1")


def _refused(message: str, reason: str) -> dict[str, Any]:
    """The whole answer of the server to somebody it does not know: the public field is there."""
    extensions = {"code": "UNAUTHENTICATED", "reason": reason}
    error = {"message": message, "locations": [LOCATION], "path": ["me"], "extensions": extensions}
    return {"data": {"__typename": "Query", "me": None}, "errors": [error]}


def _service(verifier: AccessTokenVerifier) -> Starlette:
    async def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.identity)

    return Starlette(routes=[Route("/", who)], middleware=[authentication(verifier)])


def verifier_of(*keys: Key, issuer: str, clock: Any) -> AccessTokenVerifier:
    """A verifier that holds what a service is given: the public halves, or the shared secret."""
    jwks = [key.public_jwk or dict(key.jwk) for key in keys]
    return AccessTokenVerifier(keys=jwks, issuer=issuer, audience=issuer, clock=clock)
