"""What a login at another provider comes to when it is refused."""

from collections.abc import Awaitable

import pytest

from authberry.providers import ExternalAccount, ExternalLoginRefused


async def refused(login: Awaitable[ExternalAccount]) -> tuple[str, str]:
    """Why it was, for the log, and its face; it has to be."""
    with pytest.raises(ExternalLoginRefused) as error:
        await login
    assert str(error.value) == error.value.reason
    return error.value.reason, error.value.face
