"""What mutations about accounts answer with."""

from datetime import datetime

import strawberry

from authberry.graph.types.users import User


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
    """What proving or changing an address answers with."""

    user: User


@strawberry.type(
    description="Every session has ended, and the account is gone, or goes at a time that is set."
)
class AccountDeleted:
    """What the deletion of an account answers with."""

    ok: bool = True
    deletes_at: datetime | None = strawberry.field(
        default=None,
        description="When it goes, unless its owner logs in before; null if it is gone.",
    )
