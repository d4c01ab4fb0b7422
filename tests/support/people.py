"""The clients and the password of the tests, and how sessions begin."""

from authberry import Auth, Client, Issued, RefreshTokenTransport
from authberry.errors import AuthError
from authberry.logins import LoginOutcome
from authberry.models import User
from authberry.signing import PASSWORD_PROOF, Proof

BROWSER = Client("192.0.2.1", "Firefox", "request-1")
PHONE = Client("198.51.100.7", "Safari", "request-2")
PASSWORD = "correct horse battery staple"


async def begin(
    auth: Auth,
    user: User,
    client: Client = BROWSER,
    transport: RefreshTokenTransport = RefreshTokenTransport.BODY,
    proof: Proof = PASSWORD_PROOF,
) -> Issued:
    """Begin a session without a password, in a millisecond, for the person as they are by now."""
    current = await auth.accounts.find(str(user.id))
    return await auth.sessions.begin(current or user, client, transport, proof=proof)


async def refresh(auth: Auth, *tokens: str, client: Client = BROWSER) -> Issued:
    """Refresh with one token or, as a browser may, several."""
    return await auth.sessions.refresh(tokens, client)


async def outcome(auth: Auth, token: str, client: Client = BROWSER) -> str | type[AuthError]:
    """The token that a refresh ends with, or the refusal."""
    try:
        return (await refresh(auth, token, client=client)).refresh_token
    except AuthError as refusal:
        return type(refusal)


async def register(
    auth: Auth,
    email: str,
    password: str = PASSWORD,
    name: str | None = None,
    client: Client = BROWSER,
    transport: RefreshTokenTransport = RefreshTokenTransport.BODY,
) -> Issued:
    """Register where that logs in."""
    entered = await auth.accounts.registration.register(email, password, name, client, transport)
    return tokens_of(entered)


async def log_in(
    auth: Auth,
    email: str,
    password: str = PASSWORD,
    client: Client = BROWSER,
    transport: RefreshTokenTransport = RefreshTokenTransport.BODY,
) -> Issued:
    """Log in by a password where no second factor is wanted."""
    return tokens_of(await auth.logins.passwords.login(email, password, client, transport))


def tokens_of(entered: LoginOutcome | None) -> Issued:
    """What a way in has ended with, where nothing was missing."""
    assert isinstance(entered, Issued), entered
    return entered
