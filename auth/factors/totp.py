"""Apps that show codes (TOTP, RFC 6238). The one file that imports pyotp and segno.

A code is good once: the time step of the last one used is kept, and one conditional UPDATE lets no
other of that step or before pass. The code of this step and that of the one before are taken, so
that whoever types slowly is not refused (section 5.2).
"""

import hmac
import secrets
import unicodedata
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from authberry.errors import InvalidProof
from authberry.factors.tickets import Tickets
from authberry.models import Totp, User
from authberry.models.event_logger import event_logger
from authberry.resources import Resources
from authberry.settings import PREFIX
from authberry.signing import ONE_TIME, Proof
from authberry.tokens import Opened, Sealer, Unreadable

SEED_BYTES = 20  # RFC 4226, section 4, R6
STEP = 30  # seconds
DIGITS = 6
PROOF = Proof((ONE_TIME,))
DEFAULT_NAME = "Authenticator app"
REMEDY = (
    f"Configure the {PREFIX}SECRET that it was sealed with, behind the new one. Where that is lost:"
    " authberry users factors reset"
)
logger = event_logger("authberry.factors")


@dataclass(frozen=True, slots=True)
class TotpEnrollment:
    """An app that is to be set up: nothing is stored before a code proves that it is."""

    ticket: str
    secret: str
    """The seed in base32, to be typed where no picture can be taken."""
    uri: str
    qr_code: str
    """An SVG of the URI."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UsedCode:
    """A code that fits an app, and has still to be used."""

    app: Totp
    step: int
    resealed: str | None
    """The seed under the secret of today, where it was under an older one."""
    proof: Proof = PROOF


@dataclass(eq=False)
class TotpApps:
    """Sets apps up, and takes their codes."""

    resources: Resources

    def __post_init__(self) -> None:
        """Derive the keys that seeds are sealed with."""
        self._sealer = seed_sealer(self.resources.settings.secrets)
        self._tickets = Tickets(self.resources, "totp enrollment")

    def begin(self, user: User, name: str | None) -> TotpEnrollment:
        """Make a seed for an app; nothing is stored."""
        import segno  # noqa: PLC0415 - only who sets an app up needs it
        from pyotp import TOTP  # noqa: PLC0415

        seed = b32encode(secrets.token_bytes(SEED_BYTES)).decode()
        issuer = self.resources.settings.passkey_rp_id
        uri = TOTP(seed).provisioning_uri(name=user.email, issuer_name=issuer)
        facts = {"id": str(uuid4()), "seed": seed, "name": name or DEFAULT_NAME}
        ticket, expires_at = self._tickets.issue(facts, str(user.id))
        picture = segno.make(uri, micro=False).svg_inline(scale=4, light="#fff", border=4)
        return TotpEnrollment(ticket, seed, uri, picture, expires_at)

    def confirm(self, user: User, ticket: str | None, code: str) -> Totp:
        """Return the app of a ticket, proved by a code; it is still to be saved.

        Its id is the ticket's, so that a ticket makes one app.

        Raises:
            InvalidTicket: the ticket is not good.
            InvalidProof: the code is not one of this seed.
        """
        facts = self._tickets.read(ticket, str(user.id))
        app_id, seed, now = UUID(facts["id"]), facts["seed"], self.resources.clock.now()
        step = _step_of(seed, code, now, behind=-1)
        if step is None:
            raise InvalidProof
        sealed = self._sealer.seal(seed.encode(), str(app_id))
        return Totp(
            id=app_id,
            user=user,
            name=facts["name"],
            sealed_seed=sealed,
            last_step=step,
            created_at=now,
        )

    async def check(self, user: User, code: str) -> UsedCode | None:
        """Find the app that a code is of; within `Database.use`. Nothing is written."""
        now = self.resources.clock.now()
        for app in await self.resources.statements.factors.apps(user.id):
            opened = self._opened(app)
            if opened is None:
                continue
            step = _step_of(opened.plain.decode(), code, now, behind=app.last_step)
            if step is not None:
                return UsedCode(app, step, self._resealed(app, opened))
        return None

    def _opened(self, app: Totp) -> Opened | None:
        """Open the seed of an app; None, which is logged, where no secret of ours does.

        The app stays: no code of it is good until the secret is back, and nobody is let in for it.
        """
        try:
            return self._sealer.open(app.sealed_seed, str(app.id))
        except Unreadable:
            facts = {"user_id": str(app.user_id), "factor_id": str(app.id), "remedy": REMEDY}
            logger.error("seed of an app is not readable", extra=facts)  # noqa: TRY400 - said in words
            return None

    def _resealed(self, app: Totp, opened: Opened) -> str | None:
        return self._sealer.seal(opened.plain, str(app.id)) if opened.is_outdated else None

    async def use(self, used: UsedCode) -> None:
        """Use a code up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidProof: it was used before.
        """
        use, now = self.resources.statements.factors.use_code, self.resources.clock.now()
        if not await use(used.app.id, used.step, now, used.resealed):
            raise InvalidProof


def seed_sealer(secrets_: Sequence[str]) -> Sealer:
    """Return what seals the seeds of apps, and opens them."""
    return Sealer(secrets_, "totp seed")


def _step_of(seed: str, code: str, now: datetime, *, behind: int) -> int | None:
    """Return the time step that a code is of: this one or the one before, if that is unused."""
    from pyotp import TOTP  # noqa: PLC0415 - only who has an app needs it

    totp, current = TOTP(seed, digits=DIGITS, interval=STEP), int(now.timestamp()) // STEP
    typed = "".join(unicodedata.normalize("NFKC", code).split()).encode("utf-8", "replace")
    fitting = None
    for step in (current, current - 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), typed)
        if fits and step > behind and fitting is None:
            fitting = step
    return fitting
