"""`/dev/mail`: the mails that a development server without a mail server has printed.

Plain pages, without a script. They show links that log people in, so they are there in development
only, and only where mail leaves by the console.
"""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html import escape
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from authberry import Auth
from authberry.mail import Console
from authberry.metrics import SHARED
from authberry.settings import PREFIX, is_address

DEV_MAIL, DEV_MAIL_PAGE = "/dev/mail", "/dev/mail/{id}"
REFRESH_SECONDS = 5

_CLOSED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
POLICY = f"{_CLOSED}; frame-ancestors 'none'"
MAIL_POLICY = f"{POLICY}; sandbox"
"""A template may hold anything; here it runs nothing, loads nothing and sends nothing."""

_LINK = re.compile(r"https?://[^\s<>\"]+")
_STYLE = """
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem }
body { font: 1rem/1.6 system-ui, sans-serif }
article { border: 1px solid; border-radius: .5rem; margin: 1.5rem 0; padding: 0 1rem 1rem }
h2 { margin-bottom: .25rem; font-size: 1.15rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
:root { color-scheme: light dark }
"""


async def list_mails(request: Request) -> Response:
    """The last mails, newest first."""
    console = _console(request)
    refreshes = request.query_params.get("refresh") == str(REFRESH_SECONDS)
    return HTMLResponse(
        "".join(_page(console, refreshes=refreshes)), headers={"Content-Security-Policy": POLICY}
    )


async def show_mail(request: Request) -> Response:
    """One mail, as programs that show HTML show it."""
    wanted = request.path_params["id"]
    for message in _console(request).sent:
        page = message.get_body(("html",))
        if _id(message) == wanted and page is not None:
            headers = {"Content-Security-Policy": MAIL_POLICY}
            return HTMLResponse(page.get_content(), headers=headers)
    raise HTTPException(404)


def _console(request: Request) -> Console:
    """What has printed them; but not for a name that was made to lead here (DNS rebinding)."""
    auth: Auth = request.app.state.auth
    host = (request.url.hostname or "").lower()
    settings = auth.settings
    ours = {urlsplit(url).hostname for url in (settings.public_url, *settings.allowed_origins)}
    if not (is_address(host) or host == "localhost" or host in ours):
        raise HTTPException(403, f"Set {PREFIX}PUBLIC_URL to read mails at another host's name.")
    assert isinstance(auth.outbox.mailer, Console)  # noqa: S101 - else there is no such route
    return auth.outbox.mailer


def _page(console: Console, *, refreshes: bool) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail</title>'
    yield '<meta name="viewport" content="width=device-width">'
    if refreshes:
        yield f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
    yield f"<style>{_STYLE}</style></head><body><main><h1>Mail</h1>"
    yield "<p>What this development server would have sent. "
    if refreshes:
        yield f'Looks again every {REFRESH_SECONDS} seconds. <a href="mail">Stop</a></p>'
    else:
        yield f'<a href="?refresh={REFRESH_SECONDS}">Look again every {REFRESH_SECONDS} seconds</a>'
        yield "</p>"
    if SHARED:
        yield "<p>Several processes serve here, and each shows what it has printed itself."
        yield " Reload to ask another.</p>"
    if not console.sent:
        yield "<p>None yet.</p>"
    for message in reversed(console.sent):
        yield from _mail(message)
    yield "</main></body></html>"


def _mail(message: EmailMessage) -> Iterator[str]:
    text = message.get_body(("plain",))
    at = message["Date"].datetime
    yield f'<article lang="{escape(str(message["Content-Language"]))}">'
    yield f"<h2>{escape(str(message['Subject']))}</h2>"
    yield f"<p>To {escape(str(message['To']))}, "
    yield f'<time datetime="{at.isoformat()}">{at:%H:%M:%S}</time> UTC, '
    yield f'<a href="mail/{escape(_id(message))}">as a page</a></p>'
    yield f"<pre>{_linked(text.get_content() if text else '')}</pre></article>"


def _id(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


def _linked(text: str) -> str:
    """Escape a text, and let what are addresses in it lead there."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{url}">{url}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])
