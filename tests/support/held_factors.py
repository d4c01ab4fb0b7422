"""Second factors as somebody holds them, added past the rules that would count or mail."""

from dataclasses import dataclass, field

from authenticator import Authenticator
from codes import code
from people import BROWSER

from authberry import Auth
from authberry.models import RecoveryCode, User
from authberry.signing import ONE_TIME, PASSWORD_PROOF, Proof

PROVED_TWICE = PASSWORD_PROOF.with_second(Proof((ONE_TIME,)))
"""By a password and a code."""


@dataclass(frozen=True)
class Phone:
    """An app that shows codes."""

    auth: Auth
    id: str
    seed: str = field(repr=False)

    def code(self) -> str:
        """What it shows now."""
        return code(self.auth, self.seed)


async def add_phone(auth: Auth, user: User) -> Phone:
    """Set an app up; what it shows now is still good."""
    apps = auth.logins.second_factors.factors.totp
    begun = apps.begin(user, "Phone")
    app = apps.confirm(user, begun.ticket, code(auth, begun.secret))
    app.last_step -= 1
    with auth.database.use():
        await app.save(force_create=True)
    return Phone(auth, str(app.id), begun.secret)


async def add_authenticator(auth: Auth, user: User) -> Authenticator:
    """Set a passkey up."""
    keys, authenticator = auth.logins.second_factors.factors.passkeys, Authenticator()
    with auth.database.use():
        begun = await keys.begin_registration(user)
        made = await keys.finish_registration(user, authenticator.create(begun.options), None)
        await made.row.save(force_create=True)
    return authenticator


async def add_paper(auth: Auth, user: User) -> list[str]:
    """Print recovery codes."""
    shown, rows = await auth.logins.second_factors.factors.recovery_codes.make(user)
    with auth.database.use():
        await RecoveryCode.bulk_create(rows)
    return shown


async def trust(auth: Auth, user: User) -> str:
    """Trust a browser; returns the id of the row."""
    devices = auth.logins.second_factors.devices
    with auth.database.use():
        before = {device.id for device in await devices.of(user)}
        await devices.trust(user, BROWSER)
        (added,) = {device.id for device in await devices.of(user)} - before
    return str(added)
