"""Bob's account, and logging in to it."""

from collections.abc import Awaitable, Callable

import pytest
from people import BROWSER, PASSWORD, tokens_of

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY, COOKIE = RefreshTokenTransport.BODY, RefreshTokenTransport.COOKIE
NEW_PASSWORD = "another long phrase"
REST = f"p=1${'c2FsdHNhbHRzYWx0c2FsdA'}${'A' * 43}"
OUT_OF_BOUNDS = {
    "no memory": f"$argon2id$v=19$m=0,t=2,{REST}",
    "too many passes": f"$argon2id$v=19$m=19456,t=4000000000,{REST}",
    "sixty digits": f"$argon2id$v=19$m={'9' * 60},t=2,{REST}",
}


@pytest.fixture
async def bob(auth: Auth) -> User:
    """Bob, who has a password."""
    return await auth.accounts.create("bob@example.com", PASSWORD, "Bob")


async def log_in(auth: Auth, password: str = PASSWORD, email: str = "bob@example.com") -> Issued:
    """Log in from the browser."""
    return tokens_of(await auth.logins.passwords.login(email, password, BROWSER, BODY))


async def set_hash(auth: Auth, user: User, password_hash: str | None) -> None:
    """Store a hash that another program, or an earlier version, has made."""
    with auth.database.use():
        await User.filter(id=user.id).update(password_hash=password_hash)
