"""What the API speaks of: people, sessions, tokens."""

from datetime import UTC, datetime
from typing import Self

import strawberry

from authberry import Issued, RefreshTokenTransport, models

strawberry.enum(
    RefreshTokenTransport,
    description="How the refresh token travels. `COOKIE` is for browsers: an HttpOnly cookie that"
    " no script can read. `BODY` is for clients without a cookie jar.",
)


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


DateTime = strawberry.scalar(
    name="DateTime",
    description="RFC 3339, always UTC.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=_rfc3339,
    parse_value=datetime.fromisoformat,
)


@strawberry.type(description="A person who can log in.")
class User:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    email: str = strawberry.field(description="In lower case, as it was normalised.")
    name: str | None
    email_verified: bool
    roles: list[str] = strawberry.field(
        description="As they are now; an access token holds them as they were when it was issued."
    )
    created_at: datetime
    locale: str | None = strawberry.field(
        description="The language of mails, if one was chosen; else each request's decides."
    )

    @classmethod
    def of(cls, row: models.User) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            email=row.email,
            name=row.name,
            email_verified=row.email_verified,
            roles=row.roles,
            created_at=row.created_at,
            locale=row.locale,
        )


@strawberry.type(description="One login on one device, however often its tokens were renewed.")
class Session:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    current: bool = strawberry.field(description="Whether it is the session that is asking.")
    created_at: datetime
    last_used_at: datetime = strawberry.field(
        description="When its refresh token was last rotated; using an access token does not count."
    )
    expires_at: datetime = strawberry.field(
        description="When it ends unless it is used before; never later than its absolute limit."
    )
    user_agent: str | None
    ip_address: str | None

    @classmethod
    def of(cls, row: models.RefreshToken, *, current: bool) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            current=current,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            ip_address=row.ip_address,
        )


@strawberry.type(description="A fresh access token, and whom and what it stands for.")
class AuthPayload:
    """What a login, a refresh and their like answer with."""

    access_token: str = strawberry.field(
        description="Send it as `Authorization: Bearer ...`. Keep it in memory, not in storage."
    )
    token_type: str = strawberry.field(description="Always `Bearer`.")
    expires_in: int = strawberry.field(description="Seconds until the access token expires.")
    expires_at: datetime = strawberry.field(description="When the access token expires.")
    refresh_token: str | None = strawberry.field(
        description="Null when the refresh token travels as a cookie."
    )
    user: User
    session: Session

    @classmethod
    def of(cls, issued: Issued, *, refresh_token: str | None) -> Self:
        """Translate what was issued; the refresh token only where it travels in the body."""
        return cls(
            access_token=issued.access_token.value,
            token_type="Bearer",
            expires_in=int(issued.access_token.lifetime.total_seconds()),
            expires_at=issued.access_token.expires_at,
            refresh_token=refresh_token,
            user=User.of(issued.user),
            session=Session.of(issued.session, current=True),
        )


@strawberry.type(description="The session has ended, or had ended before.")
class LoggedOut:
    """What a logout answers with."""

    ok: bool = True


@strawberry.type(description="Sessions have ended; their access tokens stop at once.")
class SessionsRevoked:
    """What a revocation answers with."""

    count: int = strawberry.field(description="How many sessions ended.")


@strawberry.type(
    description="A mail is on its way, if there is anybody to send it to: the answer is the same"
    " for an address that nobody has."
)
class EmailSent:
    """What asking for a mail answers with."""

    ok: bool = True


@strawberry.type(description="The new password is set. Every session has ended: log in with it.")
class PasswordReset:
    """What a reset answers with."""

    ok: bool = True


@strawberry.type(
    description="The address is proved to be this person's. Nobody is logged in by it."
)
class EmailVerified:
    """What a link to an address answers with."""

    user: User


@strawberry.type(
    description="Every session has ended, and the account is gone, or goes at a time that is set."
)
class AccountDeleted:
    """What leaving answers with."""

    ok: bool = True
    deletes_at: datetime | None = strawberry.field(
        default=None,
        description="When it goes, unless its owner logs in before; null if it is gone.",
    )
