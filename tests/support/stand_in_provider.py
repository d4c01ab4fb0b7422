"""A provider of our own, which is honest until a test has it lie, and others in its shape."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

import pytest
from frozen_clock import FrozenClock
from issuer import encoded
from key_server import key_set
from scripted_server import Answer, ScriptedServer, response

from authberry import Settings
from authberry.providers import ExternalAccount, Providers
from authberry.tokens.jose import Key

REDIRECT = "https://auth.example.com/external/acme/callback"
CLIENT_ID, CLIENT_SECRET = "our-client:1", "a-secret/with+signs%"
METADATA = "/.well-known/openid-configuration"


class StandInProvider(ScriptedServer):
    """Speaks OpenID Connect, with what a test puts in the place of what is right."""

    def __init__(self, clock: FrozenClock) -> None:
        """Know one client, and one person, whose address is verified."""
        super().__init__(self._answer)
        self.clock = clock
        self.key = Key.generate("ES256")
        self.published = [self.key]
        self.metadata: dict[str, object] = {}
        """What its metadata says otherwise; None is left out."""
        self.claims: dict[str, object] = {}
        """What its ID tokens say otherwise; None is left out."""
        self.header: dict[str, object] = {}
        self.userinfo: object = None
        self.tokens: dict[str, object] = {}
        """What its token endpoint says beside the tokens; None is left out."""
        self.answers: dict[str, Answer] = {}
        """What it answers at a path, whatever it is asked."""
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def issuer(self) -> str:
        """Its own name."""
        return self.origin

    def paths(self) -> list[str]:
        """What it was asked for, in order."""
        return [request.split()[1].decode().partition("?")[0] for request in self.requests]

    def form(self) -> dict[str, str]:
        """The last form that was sent to it."""
        sent = [one for one in self.requests if one.startswith(b"POST ")][-1]
        return dict(parse_qsl(sent.partition(b"\r\n\r\n")[2].decode()))

    def authorize(self, url: str, **answer: str | None) -> dict[str, str]:
        """Let the person log in and agree; returns what their browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        whole = {"code": code, "state": asked["state"], "iss": self.issuer, **answer}
        return {name: value for name, value in whole.items() if value is not None}

    def id_token(self, nonce: str | None = None, audience: str = CLIENT_ID) -> str:
        """An ID token of now, with what the test wants otherwise."""
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "person-1",
            "aud": audience,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada",
            **self.claims,
        }
        header = {"alg": self.key.algorithm, "kid": self.key.kid, **self.header}
        return signed(self.key, without_none(header), without_none(claims))

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        path = self.paths()[-1]
        routes: dict[str, Callable[[], Answer]] = {
            METADATA: self._metadata,
            "/jwks": lambda: response(key_set(*self.published)),
            "/token": self._token,
            "/userinfo": lambda: in_json(self.userinfo),
        }
        await (self.answers.get(path) or routes[path]())(writer)

    def _metadata(self) -> Answer:
        return in_json(
            without_none(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": f"{self.origin}/token",
                    "jwks_uri": f"{self.origin}/jwks",
                    "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"],
                    "authorization_response_iss_parameter_supported": True,
                    **self.metadata,
                }
            )
        )

    def _token(self) -> Answer:
        asked = self._codes.pop(self.form().get("code", ""), None)
        if asked is None or not self._is_theirs(asked):
            return in_json({"error": "invalid_grant"}, status=b"400 Bad Request")
        tokens = {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.id_token(asked.get("nonce")),
        }
        return in_json(without_none({**tokens, **self.tokens}))

    def _is_theirs(self, asked: Mapping[str, str]) -> bool:
        """Whether a code is brought by whom it was given to (RFC 7636, section 4.6)."""
        form = self.form()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        return (
            client_of(self.requests[-1].decode(), form) == (CLIENT_ID, CLIENT_SECRET)
            and asked["code_challenge_method"] == "S256"
            and encoded(digest) == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
            and form["grant_type"] == "authorization_code"
        )


def client_of(request: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Who a request to the token endpoint says it is from (RFC 6749, section 2.3.1)."""
    for line in request.partition("\r\n\r\n")[0].split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "authorization":
            pair = base64.b64decode(value.removeprefix("Basic ")).decode().partition(":")
            return unquote_plus(pair[0]), unquote_plus(pair[2])
    return form.get("client_id", ""), form.get("client_secret", "")


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """What is not None."""
    return {name: value for name, value in members.items() if value is not None}


def in_json(value: object, status: bytes = b"200 OK") -> Answer:
    """An answer in JSON."""
    return response(json.dumps(value).encode(), b"Content-Type: application/json", status=status)


def signed(key: Key, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """A JWT with any header and any claims."""
    parts = [encoded(json.dumps(part).encode()) for part in (header, claims)]
    signature = key._signer.sign(".".join(parts).encode(), key._material)
    return ".".join([*parts, encoded(signature)])


def configured(server: StandInProvider, clock: FrozenClock, **options: object) -> Providers:
    """Ourselves, with this server as the provider `acme`."""
    acme = {
        "issuer": server.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "private_addresses": True,
        "trust_email": True,
        **options,
    }
    return Providers(Settings.load(providers={"acme": acme}).providers, clock)


def by_preset(
    name: str, server: StandInProvider, clock: FrozenClock, **options: object
) -> Providers:
    """Ourselves, with this server as a provider that is configured by its preset."""
    given = {"issuer": server.issuer, "client_id": CLIENT_ID, "private_addresses": True}
    if name != "apple":
        given["client_secret"] = CLIENT_SECRET
    return Providers(Settings.load(providers={name: {**given, **options}}).providers, clock)


async def log_in(
    providers: Providers, server: StandInProvider, name: str = "acme", **answer: str | None
) -> ExternalAccount:
    """Go there and come back."""
    begun = await providers.begin(name, REDIRECT)
    brought = server.authorize(begun.url, **answer)
    return await providers.finish(name, REDIRECT, begun.kept, brought)


@pytest.fixture
async def server(clock: FrozenClock) -> AsyncIterator[StandInProvider]:
    """One that listens."""
    provider = StandInProvider(clock)
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def providers(server: StandInProvider, clock: FrozenClock) -> AsyncIterator[Providers]:
    """Ourselves, who know that server and trust its addresses."""
    known = configured(server, clock)
    yield known
    await known.close()
