"""The mails that arrived at the mail server of a test."""

import asyncio
import re

from smtp import MailServer, Received

TIMEOUT = 60  # seconds
_LINK = re.compile(r"https?://\S+#token=[A-Za-z0-9_-]+")


class Inbox:
    """Returns each mail once, in the order of arrival."""

    def __init__(self, server: MailServer) -> None:
        """Read what `server` receives."""
        self._server = server
        self._opened: set[int] = set()
        self.links: list[str] = []

    async def mail(self, to: str, about: str = "") -> Received:
        """Wait for a mail to `to` that contains `about`."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                for number, mail in enumerate(self._server.received):
                    if number not in self._opened and to in mail.recipients and about in mail.text:
                        self._opened.add(number)
                        return mail
                await asyncio.sleep(0.05)

    async def link(self, to: str, page: str) -> str:
        """Wait for a link to one of our pages; returns it."""
        mail = await self.mail(to, f"/account/{page}#token=")
        link: str
        (link,) = set(_LINK.findall(mail.text))
        assert link in mail.html
        self.links.append(link)
        return link
