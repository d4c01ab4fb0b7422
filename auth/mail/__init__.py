"""Mail: what is sent to people, in their language, and never lost.

Whoever has something to say queues a mail in the `Outbox`, in the transaction of the change that it
tells of. What it says is composed when it is sent, by SMTP or to the console, and rendered from
templates. `MailRequests` take what strangers may ask for, and `Notices` tell owners what was done
with their account.
"""

from authberry.mail.languages import preferred
from authberry.mail.mail import Mail
from authberry.mail.mailer import Console, Undeliverable
from authberry.mail.notices import Notices
from authberry.mail.outbox import Outbox
from authberry.mail.queued_mail import Composer, MailContent, QueuedMail
from authberry.mail.recipients import recipient
from authberry.mail.rendering import MailKind, MailRenderer
from authberry.mail.requests import MailRequests
from authberry.mail.smtp import Smtp
from authberry.mail.template_check import broken

__all__ = [
    "Composer",
    "Console",
    "Mail",
    "MailContent",
    "MailKind",
    "MailRenderer",
    "MailRequests",
    "Notices",
    "Outbox",
    "QueuedMail",
    "Smtp",
    "Undeliverable",
    "broken",
    "preferred",
    "recipient",
]
