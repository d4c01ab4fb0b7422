"""Who is to get a mail that was queued for an address."""

from authberry.email_addresses import AddressForms
from authberry.mail.queued_mail import QueuedMail
from authberry.models import User
from authberry.resources import Resources


async def recipient(resources: Resources, queued: QueuedMail) -> User | None:
    """Whoever has the address by now; None where nobody has, or the account is disabled."""
    with resources.database.use():
        user = await resources.statements.users.by_email(AddressForms.of(queued.to).spellings)
    return user if user is not None and user.disabled_at is None else None
