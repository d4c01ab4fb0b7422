"""Mail: what is sent to people, in their language, and never lost.

Whoever has something to say puts a queued mail into the `Outbox`, in the transaction of the change
that it tells of. It is written and sent later, by SMTP or to the console. `MailRequests` takes what
strangers may ask for, and `Notices` tell owners what was done with their account.
"""

from authberry.mail.languages import preferred
from authberry.mail.mailer import Console, Undeliverable
from authberry.mail.notices import Notices
from authberry.mail.outbox import MailContent, Outbox, QueuedMail
from authberry.mail.rendering import MailKind, MailRenderer
from authberry.mail.requests import MailRequests
from authberry.mail.smtp import Smtp
from authberry.mail.template_check import broken

__all__ = [
    "Console",
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
]
