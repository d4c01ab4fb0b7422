"""The refresh tokens that a request came with, of which a browser may send several."""

from collections.abc import Sequence
from uuid import UUID

from authberry.errors import AuthError, RefreshTokenInvalid
from authberry.tokens import OpenedToken, RefreshTokenCodec


def open_newest(
    codec: RefreshTokenCodec, presented: Sequence[str], refusals: list[AuthError]
) -> list[tuple[str, OpenedToken]]:
    """Open what can be opened; of several tokens of one session, keep the newest.

    A cookie left behind under another path is then not taken for a thief's.

    Args:
        codec: Opens them.
        presented: What the client sent.
        refusals: Takes why the others cannot be opened.
    """
    newest: dict[UUID, tuple[str, OpenedToken]] = {}
    for value in presented:
        try:
            token = codec.open(value)
        except RefreshTokenInvalid as refusal:
            refusals.append(refusal)
            continue
        known = newest.get(token.session_id)
        if known is None or known[1].generation < token.generation:
            newest[token.session_id] = (value, token)
    return list(newest.values())
