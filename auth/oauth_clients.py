"""The services that may ask about tokens, and end their sessions: OAuth clients with a secret."""

import hashlib
import hmac
from collections.abc import Sequence

from authberry.client import Client
from authberry.events import Event, SecurityLog
from authberry.settings import OAuthClient


class OAuthClients:
    """Knows them by their secrets. One that stands twice may use either, while it changes over."""

    def __init__(self, clients: Sequence[OAuthClient], log: SecurityLog) -> None:
        """Keep digests, which are all of one length."""
        self._known = {client.id for client in clients}
        self._digests = [_digest(client.id, client.secret) for client in clients]
        self._log = log

    def authenticate(self, client_id: str, secret: str, client: Client) -> bool:
        """Whether this is the secret of that service; what is not is in the security log."""
        presented = _digest(client_id, secret)
        # Every one is compared, whichever fits, so that time tells nothing of ids either.
        fits = [hmac.compare_digest(digest, presented) for digest in self._digests]
        if not any(fits):
            known = client_id in self._known
            self._log.record(
                Event.CLIENT_REFUSED,
                client,
                client_id=client_id if known else None,  # else it is whatever a stranger wrote
                reason="wrong secret" if known else "unknown client",
            )
        return any(fits)


def _digest(client_id: str, secret: str) -> bytes:
    return b"".join(hashlib.sha256(text.encode()).digest() for text in (client_id, secret))
