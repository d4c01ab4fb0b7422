"""Access tokens, verified by a service that has nothing but the public keys.

    verifier = AccessTokenVerifier(
        "https://auth.example.com/.well-known/jwks.json",
        issuer="https://auth.example.com",
        audience="https://auth.example.com",
    )
    claims = await verifier.verify(token)

No database, and no settings: pip install 'authberry[verify]'. What it cannot see is that a session
has ended; its last token is good until it expires.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from authberry.clock import Clock, SystemClock
from authberry.tokens.claims import AccessTokenReader, Claims
from authberry.tokens.jose import Key
from authberry.tokens.key_set import configured

if TYPE_CHECKING:
    from authberry.tokens.remote_keys import RemoteKeys

REFRESH_INTERVAL = timedelta(seconds=300)
"""As long as a server lets its key set be kept, and a third of the time a new key is published for
before it signs."""


class ConfiguredKeys:
    """Keys that were written down, and stay as they are."""

    def __init__(self, keys: dict[str, Key]) -> None:
        """Hold them by id."""
        self._keys = keys

    def verifying(self, kid: str) -> Key | None:
        """The key of that id."""
        return self._keys.get(kid)

    async def refresh(self, *, unknown_kid: bool) -> None:
        """There is nowhere to look."""


class AccessTokenVerifier:
    """Verifies access tokens by the rules of the server that signs them.

    Make one, and keep it: it holds the keys, and remembers the tokens it has verified. It opens
    nothing before the first token comes. `async with` has the keys on their way by then.
    """

    def __init__(
        self,
        jwks_url: str | None = None,
        *,
        keys: Mapping[str, Any] | Iterable[Mapping[str, Any]] | None = None,
        issuer: str,
        audience: str,
        refresh_interval: timedelta = REFRESH_INTERVAL,
        clock: Clock | None = None,
    ) -> None:
        """Say whose tokens are good, and where their keys are.

        Args:
            jwks_url: Where the server publishes its keys; https, unless on this machine.
            keys: Instead of that, a JWK set or a list of JWKs, with a shared secret perhaps.
            issuer: The server's AUTHBERRY_PUBLIC_URL.
            audience: Its AUTHBERRY_AUDIENCE, which is the public URL unless it is set.
            refresh_interval: How long keys are good before they are fetched again.
            clock: For tests.

        Raises:
            ValueError: an address or a key cannot be used.
            ImportError: httpx2 is not there to fetch keys with.
        """
        if (jwks_url is None) == (keys is None):
            raise ValueError("either jwks_url or keys, and not both")
        self._clock = clock = clock or SystemClock()
        self._remote: RemoteKeys | None = None
        if jwks_url is not None:
            self._remote = _remote_keys(jwks_url, refresh_interval, clock)
        self._reader = AccessTokenReader(
            self._remote or ConfiguredKeys(configured(keys or ())),
            issuer=issuer.rstrip("/"),
            audience=audience,
            clock=clock,
        )

    async def verify(self, token: str) -> Claims:
        """Read a token, as it stood behind `Bearer`.

        Raises:
            Unauthenticated: with the reason TOKEN_EXPIRED or TOKEN_INVALID.
            KeysUnavailable: no key has arrived yet, which is not the token's fault.
        """
        return await self._reader.read(token)

    def require_recent(
        self, claims: Claims, *, max_age: int | None = None, acr: str | None = None
    ) -> None:
        """Refuse a login that is too old, or that proves too little, for what is asked.

        Args:
            claims: What `verify` returned.
            max_age: Seconds since somebody last proved who they are.
            acr: The least level of assurance: `aal1`, `aal2` or `phr`.

        Raises:
            StepUpRequired: with what is wanted (RFC 9470).
        """
        age = None if max_age is None else timedelta(seconds=max_age)
        claims.require_recent(self._clock.now(), max_age=age, acr=acr)

    async def aclose(self) -> None:
        """Stop fetching keys."""
        if self._remote:
            await self._remote.close()

    async def __aenter__(self) -> Self:
        """Begin to fetch the keys; a server that is not up yet keeps nothing from starting."""
        if self._remote:
            self._remote.start_fetching()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()


def _remote_keys(url: str, refresh_interval: timedelta, clock: Clock) -> "RemoteKeys":
    try:
        from authberry.tokens.remote_keys import RemoteKeys  # noqa: PLC0415 - not all need httpx2
    except ModuleNotFoundError as missing:
        raise ImportError("to fetch keys: pip install 'authberry[verify]'") from missing
    return RemoteKeys(url, refresh_interval=refresh_interval, clock=clock)
