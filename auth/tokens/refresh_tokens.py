"""The refresh token: one opaque string, and the keyed chain of its successors.

    base64url( session id 16 | generation 4 | secret 32 | tag 16 )

    secret(0)   = 32 random bytes
    secret(n+1) = HMAC-SHA256(K_chain, id | n+1 | secret(n))
    tag(n)      = HMAC-SHA256(K_tag,   id | n | secret(n))[:16]

The database keeps a hash of the current secret, and the server the two keys: neither alone makes a
token. The tag lets garbage be refused without a query, and makes a token of a past generation proof
that an issued token was used again.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from authberry.errors import RefreshTokenInvalid
from authberry.tokens.key_derivation import derive_keys

TAG_BYTES = 16
TOKEN_BYTES = 16 + 4 + 32 + TAG_BYTES
TOKEN_LENGTH = -(-TOKEN_BYTES * 8 // 6)  # 91 characters
GENERATION_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class OpenedToken:
    """A token whose tag is good: this server issued it, at some time."""

    session_id: UUID
    generation: int
    secret: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        """What the row stores of it. SHA-256 is enough for 256 random bits."""
        return hashlib.sha256(self.secret).hexdigest()

    @property
    def _message(self) -> bytes:
        return self.session_id.bytes + self.generation.to_bytes(4) + self.secret


class RefreshTokenCodec:
    """Makes, opens and derives refresh tokens. Knows no database."""

    def __init__(self, server_secrets: Sequence[str], kind: str = "refresh token") -> None:
        """Derive the keys; the first secret makes, all of them verify.

        Args:
            server_secrets: Of this service.
            kind: What the tokens are good for: those of one kind cannot be opened as another.
        """
        self._chain_keys = derive_keys(server_secrets, f"{kind} chain")
        self._tag_keys = derive_keys(server_secrets, f"{kind} tag")

    def first(self, session_id: UUID, generation: int = 0) -> OpenedToken:
        """Begin a chain with a random secret, from the generation that it is to have."""
        return OpenedToken(session_id, generation, secrets.token_bytes(32))

    def successors(self, token: OpenedToken) -> Iterator[OpenedToken]:
        """Derive the next token of the chain, under each server secret in turn.

        The first is the one to issue. The others are what a process may have issued that still had,
        or already had, another secret in front.
        """
        generation = token.generation + 1
        if generation >= GENERATION_LIMIT:
            return
        message = token.session_id.bytes + generation.to_bytes(4) + token.secret
        for key in self._chain_keys:
            yield OpenedToken(
                token.session_id, generation, hmac.digest(key, message, hashlib.sha256)
            )

    def stored_successor(self, token: OpenedToken, stored_hash: str) -> OpenedToken | None:
        """Derive the next token, if it is the one whose hash is stored."""
        for candidate in self.successors(token):
            if hmac.compare_digest(candidate.hash, stored_hash):
                return candidate
        return None

    def seal(self, token: OpenedToken) -> str:
        """Write the string that the client keeps."""
        message = token._message  # noqa: SLF001 - one file, one secret
        tag = _tag(self._tag_keys[0], message)
        return base64.urlsafe_b64encode(message + tag).rstrip(b"=").decode()

    def open(self, presented: str) -> OpenedToken:
        """Read a presented string.

        Raises:
            RefreshTokenInvalid: it was not issued under any of the server's secrets.
        """
        if len(presented) != TOKEN_LENGTH or not presented.isascii():
            raise RefreshTokenInvalid
        try:
            raw = base64.b64decode(presented + "=", altchars=b"-_", validate=True)
        except binascii.Error:
            raise RefreshTokenInvalid from None
        message, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
        # Every key is tried, whichever fits, so that time tells nothing.
        fits = [hmac.compare_digest(_tag(key, message), tag) for key in self._tag_keys]
        # The last character has bits to spare: only the spelling that was issued is the token.
        canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == presented
        if not (any(fits) and canonical):
            raise RefreshTokenInvalid
        return OpenedToken(UUID(bytes=message[:16]), int.from_bytes(message[16:20]), message[20:])


def _tag(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)[:TAG_BYTES]
