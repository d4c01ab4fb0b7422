"""Refreshing."""

from people import refresh
from rows import session_row

from authberry import Auth, Issued


async def test_the_first_refresh_rotates(auth: Auth, issued: Issued) -> None:
    """A login's token is good for one use."""
    again = await refresh(auth, issued.refresh_token)
    assert again.refresh_token != issued.refresh_token
    assert (await session_row(auth, issued))["generation"] == 1
