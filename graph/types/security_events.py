"""What happened to an account, as a connection by Relay's specification.

https://relay.dev/graphql/connections.htm, forward paging. `PageInfo` is Strawberry's own, so that a
host's schema with connections of its own has one type of that name.
"""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.relay import PageInfo

from authberry import models
from authberry.events import Page, SecurityEventKind, cursor, reason_for_owner
from authberry.graph.strawberry_internals import describe_values

_MEANINGS = {
    SecurityEventKind.REGISTERED: "The account was made.",
    SecurityEventKind.LOGIN_SUCCEEDED: "Somebody logged in.",
    SecurityEventKind.LOGIN_FAILED: "Somebody tried to log in, and was refused.",
    SecurityEventKind.TOKEN_REFUSED: "A session was to be renewed while the account was disabled.",
    SecurityEventKind.TOKEN_REUSED: "A refresh token was used again after it had been replaced:"
    " somebody has a copy. The session was ended.",
    SecurityEventKind.LOGGED_OUT: "A session was ended by logging out.",
    SecurityEventKind.SESSIONS_REVOKED: "Sessions were ended from elsewhere.",
    SecurityEventKind.PASSWORD_CHANGED: "The password was changed.",
    SecurityEventKind.PASSWORD_CHANGE_FAILED: "The password was to be changed, and the old one was"
    " wrong.",
    SecurityEventKind.PROOF_FAILED: "Something that needs the password was asked for with a wrong"
    " one.",
    SecurityEventKind.PASSWORD_RESET: "A new password was set with a mailed link.",
    SecurityEventKind.EMAIL_VERIFIED: "The address was proved.",
    SecurityEventKind.EMAIL_CHANGE_REQUESTED: "Another address was asked for.",
    SecurityEventKind.EMAIL_CHANGED: "The account has another address.",
    SecurityEventKind.EMAIL_CHANGE_UNDONE: "The account has its former address again.",
    SecurityEventKind.PROFILE_CHANGED: "The profile was changed.",
    SecurityEventKind.MAIL_SENT: "A mail was sent; the reason names it.",
    SecurityEventKind.ACCOUNT_EXPORTED: "All that is stored about the account was exported.",
    SecurityEventKind.DELETION_SCHEDULED: "The account is to be deleted.",
    SecurityEventKind.DELETION_CANCELLED: "The account was to be deleted, and stays.",
    SecurityEventKind.SECOND_FACTOR_ASKED: "The password, or a mailed link, was right, and a"
    " second factor was asked for.",
    SecurityEventKind.SECOND_FACTOR_FAILED: "A second factor was wrong: somebody knows the"
    " password, or reads the mail.",
    SecurityEventKind.REAUTHENTICATED: "Somebody who was logged in proved once more who they are.",
    SecurityEventKind.FACTOR_ADDED: "An app or a passkey was set up.",
    SecurityEventKind.FACTOR_REMOVED: "An app or a passkey was taken off.",
    SecurityEventKind.RECOVERY_CODE_USED: "A recovery code was used.",
    SecurityEventKind.RECOVERY_CODES_REPLACED: "New recovery codes were made.",
    SecurityEventKind.FACTOR_RESET_SCHEDULED: "All factors are to be taken off, since their owner"
    " has lost them.",
    SecurityEventKind.FACTOR_RESET_CANCELLED: "Factors were to be taken off, and stay.",
    SecurityEventKind.FACTORS_RESET: "All factors were taken off.",
    SecurityEventKind.ACCOUNT_LINK_ASKED: "Somebody came from a provider with the address of the"
    " account, and was asked to prove that it is theirs.",
    SecurityEventKind.IDENTITY_LINKED: "A login at a provider was linked.",
    SecurityEventKind.IDENTITY_UNLINKED: "A login at a provider was unlinked.",
    SecurityEventKind.ACCOUNT_HANDED_OVER: "The address was proved for the first time, by whoever"
    " reads its mail; whatever had been set up before is gone.",
    SecurityEventKind.USER_DISABLED: "The operator disabled the account.",
    SecurityEventKind.USER_ENABLED: "The operator enabled the account again.",
}

describe_values(
    SecurityEventKind,
    "What can happen to an account. There may be more of them one day.",
    {kind.name: meaning for kind, meaning in _MEANINGS.items()},
)


@strawberry.type(description="Something that happened to the account of the person asking.")
class SecurityEvent:
    """Made from a row, and never more of it than this."""

    id: strawberry.ID
    kind: SecurityEventKind
    occurred_at: datetime
    session_id: strawberry.ID | None = strawberry.field(
        description="The session it happened in, which may have ended."
    )
    ip_address: str | None
    user_agent: str | None
    reason: str | None = strawberry.field(
        description="`wrong password`, `disabled`, `operator`, or the name of a mail."
    )
    count: int | None = strawberry.field(
        description="How many sessions ended; or how often it happened meanwhile, where what"
        " happens again within a minute is one event. Null is once."
    )

    @classmethod
    def of(cls, row: models.SecurityEvent) -> Self:
        """Translate a row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=SecurityEventKind(row.kind),
            occurred_at=row.occurred_at,
            session_id=strawberry.ID(str(row.session_id)) if row.session_id else None,
            ip_address=row.ip_address,
            user_agent=row.user_agent,
            reason=reason_for_owner(row),
            count=row.count,
        )


@strawberry.type(description="A security event, and its place in the list.")
class SecurityEventEdge:
    """As Relay wants it."""

    node: SecurityEvent
    cursor: str = strawberry.field(description="For `after`. It says nothing else.")


@strawberry.type(description="Security events, newest first, after Relay's specification.")
class SecurityEventConnection:
    """A page of them."""

    edges: list[SecurityEventEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page, *, is_first: bool) -> Self:
        """Translate a page; behind a cursor there is always what the cursor names."""
        edges = [
            SecurityEventEdge(node=SecurityEvent.of(row), cursor=cursor(row)) for row in page.events
        ]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_more,
                has_previous_page=not is_first,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )
