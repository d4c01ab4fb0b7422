"""The room's services, wired."""

from dataclasses import dataclass
from typing import Self

from authberry.links import Links
from authberry.mail.mailer import Console
from authberry.mail.notices import Notices
from authberry.mail.outbox import Outbox
from authberry.mail.rendering import MailRenderer
from authberry.mail.requests import MailRequests
from authberry.mail.smtp import Smtp
from authberry.resources import Resources


@dataclass(frozen=True, eq=False)
class Mail:
    """What queues and sends mails, and what orders them on behalf of others."""

    renderer: MailRenderer
    outbox: Outbox
    requests: MailRequests
    notices: Notices

    @classmethod
    def wire(cls, resources: Resources, links: Links) -> Self:
        """Send by SMTP where a server is configured, else to the console."""
        settings = resources.settings
        renderer = MailRenderer(settings)
        outbox = Outbox(resources, renderer, Smtp(settings) if settings.smtp_url else Console())
        requests, notices = MailRequests(resources, outbox), Notices(resources, links, outbox)
        return cls(renderer, outbox, requests, notices)
