"""Second factors and passkeys: what somebody has, what is asked for, and what is presented."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from authberry import models
from authberry.factors import Ceremony, FactorKind, provider_of
from authberry.factors import TotpEnrollment as BegunTotp
from authberry.graph.strawberry_internals import describe_values
from authberry.logins import AddedFactor, EnrollmentNeeded, PresentedProof, SecondFactorNeeded
from authberry.sessions import RefreshTokenTransport

describe_values(
    FactorKind,
    "What can be a second factor.",
    {
        "TOTP": "A code that an app shows (RFC 6238).",
        "PASSKEY": "A key in a phone, a computer or a token of its own (WebAuthn).",
        "RECOVERY_CODE": "One of the codes that were shown when the first factor was set up.",
    },
)


@strawberry.input(one_of=True, description="One proof of who somebody is.")
class Proof:
    """Exactly one of its fields."""

    password: strawberry.Maybe[str]
    totp_code: strawberry.Maybe[str] = strawberry.field(
        description="What the app shows. Each code is good once."
    )
    recovery_code: strawberry.Maybe[str] = strawberry.field(
        description="Spaces, dashes and small letters do not matter. Each code is good once."
    )
    passkey: strawberry.Maybe[JSON] = strawberry.field(
        description="What `navigator.credentials.get` answered, as `toJSON` writes it."
    )

    def presented(self) -> PresentedProof:
        """Hand it to the rules."""
        values = {one.name: getattr(self, one.name) for one in fields(PresentedProof)}
        return PresentedProof(**{name: one.value for name, one in values.items() if one})


@strawberry.type(description="What was proved is good, and more is wanted before a login is.")
class SecondFactorRequired:
    """No session, access token or refresh token is there yet."""

    ticket: str | None = strawberry.field(
        description="For `completeLogin`; null when the browser holds it in a cookie."
    )
    expires_at: datetime
    factors: list[FactorKind]
    passkey_options: JSON | None = strawberry.field(
        description="For `navigator.credentials.get`, if a passkey is among them."
    )

    @classmethod
    def of(cls, needed: SecondFactorNeeded) -> Self:
        """Translate; the ticket only where it travels in the body."""
        return cls(
            ticket=_ticket(needed),
            expires_at=needed.expires_at,
            factors=list(needed.factors),
            passkey_options=JSON(needed.passkey.options) if needed.passkey else None,
        )


@strawberry.type(description="This account has to have a second factor, and has none yet.")
class FactorEnrollmentRequired:
    """Set one up, and then complete the login."""

    ticket: str | None = strawberry.field(
        description="For `beginTotpEnrollment`, `beginPasskeyRegistration` and what follows them,"
        " and for `completeLogin`; null when the browser holds it in a cookie."
    )
    expires_at: datetime
    allowed: list[FactorKind]
    deadline: datetime | None = strawberry.field(
        description="Until when it can be put off with `completeLogin(skip: true)`; null when it"
        " can't."
    )

    @classmethod
    def of(cls, needed: EnrollmentNeeded) -> Self:
        """Translate; the ticket only where it travels in the body."""
        return cls(
            ticket=_ticket(needed),
            expires_at=needed.expires_at,
            allowed=list(needed.allowed),
            deadline=needed.deadline,
        )


@strawberry.interface(description="Something that somebody proves who they are with.")
class Factor:
    """An app or a passkey."""

    id: strawberry.ID
    kind: FactorKind
    name: str
    created_at: datetime
    last_used_at: datetime | None

    @staticmethod
    def of(row: models.Totp | models.Passkey) -> "Totp | Passkey":
        """Translate a row."""
        return Totp.of_row(row) if isinstance(row, models.Totp) else Passkey.of_row(row)


@strawberry.type(description="An app that shows codes.")
class Totp(Factor):
    """Made from a row, and never more of it than this."""

    @classmethod
    def of_row(cls, row: models.Totp) -> Self:
        """Translate a row."""
        return cls(kind=FactorKind.TOTP, **_common(row))


@strawberry.type(description="A passkey.")
class Passkey(Factor):
    """Made from a row, and never more of it than this."""

    synced: bool = strawberry.field(
        description="Whether copies of it are kept, so that it survives the loss of a device."
    )
    provider: str | None = strawberry.field(description="The product that keeps it, if it says so.")

    @classmethod
    def of_row(cls, row: models.Passkey) -> Self:
        """Translate a row."""
        return cls(
            kind=FactorKind.PASSKEY,
            synced=row.backed_up,
            provider=provider_of(row.aaguid),
            **_common(row),
        )


@strawberry.type(description="A browser in which a login asks for no second factor.")
class TrustedDevice:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    user_agent: str | None
    ip_address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: models.TrustedDevice) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            user_agent=row.user_agent,
            ip_address=row.ip_address,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )


@strawberry.type(description="An app that is to be set up. It is active once a code proves it.")
class TotpEnrollment:
    """What the app is told."""

    ticket: str | None = strawberry.field(description="For `confirmTotpEnrollment`.")
    secret: str = strawberry.field(description="To be typed where no picture can be taken.")
    uri: str = strawberry.field(description="`otpauth://`, for apps on the same device.")
    qr_code: str = strawberry.field(description="An SVG.")
    expires_at: datetime

    @classmethod
    def of(cls, begun: BegunTotp) -> Self:
        """Translate."""
        return cls(
            ticket=begun.ticket,
            secret=begun.secret,
            uri=begun.uri,
            qr_code=begun.qr_code,
            expires_at=begun.expires_at,
        )


@strawberry.type(description="A passkey that is to be made.")
class PasskeyRegistration:
    """What the browser is asked."""

    ticket: str | None = strawberry.field(
        description="Null: the answer of the authenticator says what it answers."
    )
    options: JSON = strawberry.field(description="For `navigator.credentials.create`.")
    expires_at: datetime

    @classmethod
    def of(cls, ceremony: Ceremony) -> Self:
        """Translate."""
        options: Any = JSON(ceremony.options)
        return cls(ticket=None, options=options, expires_at=ceremony.expires_at)


@strawberry.type(description="A passkey that is to answer.")
class PasskeyLogin:
    """What the browser is asked."""

    ticket: str | None = strawberry.field(
        description="Null: the answer of the authenticator says what it answers."
    )
    options: JSON = strawberry.field(description="For `navigator.credentials.get`.")
    expires_at: datetime

    @classmethod
    def of(cls, ceremony: Ceremony) -> Self:
        """Translate."""
        options: Any = JSON(ceremony.options)
        return cls(ticket=None, options=options, expires_at=ceremony.expires_at)


@strawberry.type(description="A factor was set up.")
class FactorAdded:
    """What setting one up ends with."""

    factor: Factor
    recovery_codes: list[str] | None = strawberry.field(
        description="Shown once; with the first factor only."
    )

    @classmethod
    def of(cls, added: AddedFactor) -> Self:
        """Translate."""
        return cls(factor=Factor.of(added.factor), recovery_codes=added.recovery_codes)


@strawberry.type(description="New recovery codes. Those of before are good no more.")
class RecoveryCodes:
    """They are shown once."""

    codes: list[str]


@strawberry.type(description="The factor is gone.")
class FactorRemoved:
    """What removing one ends with."""

    ok: bool = True


@strawberry.type(description="All factors will be taken off the account, unless that is cancelled.")
class FactorResetScheduled:
    """What the link of a reset ends with."""

    effective_at: datetime


@strawberry.type(description="The factors stay as they are.")
class FactorResetCancelled:
    """What cancelling a reset ends with."""

    ok: bool = True


@strawberry.type(description="Logins in that browser ask for the second factor again.")
class TrustedDeviceRevoked:
    """What revoking one ends with."""

    ok: bool = True


def _ticket(needed: SecondFactorNeeded | EnrollmentNeeded) -> str | None:
    return needed.ticket if needed.transport is RefreshTokenTransport.BODY else None


def _common(row: models.Totp | models.Passkey) -> dict[str, Any]:
    return {
        "id": strawberry.ID(str(row.id)),
        "name": row.name,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
    }
