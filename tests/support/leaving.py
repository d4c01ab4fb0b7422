"""People who leave, and what is looked for afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

from asking import viewer_of

from authberry import Auth, Issued
from authberry.mailer import Console
from authberry.viewers import Viewer

FAREWELL = "account_deleted", "Gone\n\nYour account is gone."
NOTICE = "deletion_scheduled", "Going\n\nIt goes at {{ at.isoformat() }}."


def templates(folder: Path) -> Path:
    """Write the letters of leaving, each in a line."""
    english = folder / "letters" / "en"
    english.mkdir(parents=True)
    for name, text in (FAREWELL, NOTICE):
        (english / f"{name}.txt").write_text(text, encoding="utf-8")
        (english / f"{name}.html").write_text("<p>{{ subject }}</p>", encoding="utf-8")
    return english.parent


async def own_viewer(auth: Auth, issued: Issued) -> Viewer:
    """Who is asking, as a resolver finds them."""
    return await viewer_of(auth, issued)


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for somebody to have done something."""
    deadline = time.monotonic() + 20
    while True:
        answer = is_so()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def mails(auth: Auth, number: int) -> list[EmailMessage]:
    """Wait for so many mails to have been sent."""
    mailer = auth.outbox.mailer
    assert isinstance(mailer, Console)
    await until(lambda: len(mailer.sent) >= number)
    return list(mailer.sent)
