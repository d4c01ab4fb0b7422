"""`/dev/mail`: what a development server would have sent, for a newcomer to click."""

import re

import pytest
from apps import MakeApp
from browser import Browser
from queued_mail import ADA, READER, queue_mail, until_queue_is_empty
from starlette.applications import Starlette

from authberry import Auth, Client
from authberry.mail.mailer import KEPT
from authberry.models import User

STRICT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


async def mail_to_ada(auth: Auth, number: int = 1, client: Client = READER) -> None:
    """Send her so many links."""
    for _ in range(number):
        await queue_mail(auth, client=client)
        auth.outbox.wake()
        await until_queue_is_empty(auth)


def links(html: str) -> list[str]:
    """Where a page leads, in order."""
    return re.findall(r'<a href="([^"]+)"', html)


@pytest.mark.one_process("each shows what it has printed itself")
async def test_the_last_mails_are_shown_with_links_to_click(
    app: Starlette, auth: Auth, ada: User, browser: Browser
) -> None:
    """Newest first, each as text and as the page that it also is."""
    assert "None yet." in (await browser.send("GET", "/dev/mail")).text
    await mail_to_ada(auth)
    await mail_to_ada(auth, client=Client(languages="ko"))
    page = await browser.send("GET", "/dev/mail")
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"] == f"{STRICT}; frame-ancestors 'none'"
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text
    assert page.text.index("새 비밀번호를 설정해 주세요") < page.text.index("Set a new password")
    assert '<article lang="ko">' in page.text
    assert page.text.count(f"<p>To {ADA}, <time datetime=") == 2
    refresh, *found = links(page.text)
    assert refresh == "?refresh=5"
    as_page, link, *_ = found
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/account/reset#token=[\w-]{43}", link)
    html = await browser.send("GET", f"/dev/{as_page}")
    assert html.headers["Content-Security-Policy"] == f"{STRICT}; frame-ancestors 'none'; sandbox"
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'href="{link}"' in html.text


@pytest.mark.parametrize(("host", "status"), [
    ("evil.example.com:8000", 403), ("localhost.example.com", 403), ("127.0.0.1.example.com", 403),
    ("localhost:8000", 200), ("127.0.0.1:8000", 200), ("[::1]:8000", 200),
    ("192.168.0.7", 200), ("app.example.com", 200),
])  # fmt: skip
async def test_no_mail_is_shown_under_a_name_that_is_not_ours(
    make_app: MakeApp, host: str, status: int
) -> None:
    """A page of another site can have its own name lead here, and then reads what it is shown."""
    browser = Browser(await make_app(allowed_origins=["https://app.example.com"]))
    for path in ("/dev/mail", "/dev/mail/none"):
        response = await browser.send("GET", path, headers={"host": host})
        assert response.status_code == (404 if path.endswith("none") and status == 200 else status)
        assert ("AUTHBERRY_PUBLIC_URL" in response.text) == (status == 403)


@pytest.mark.one_process("each shows what it has printed itself")
async def test_the_page_looks_again_where_that_is_asked_for(
    app: Starlette, auth: Auth, browser: Browser
) -> None:
    """By a link, and off by the next."""
    assert 'http-equiv="refresh"' not in (await browser.send("GET", "/dev/mail")).text
    page = (await browser.send("GET", "/dev/mail?refresh=5")).text
    assert '<meta http-equiv="refresh" content="5">' in page
    assert links(page) == ["mail"]


@pytest.mark.one_process("each shows what it has printed itself")
async def test_only_the_last_are_kept(
    app: Starlette, auth: Auth, ada: User, browser: Browser
) -> None:
    """A development server that runs for months does not fill its memory with mails."""
    await mail_to_ada(auth)
    first = links((await browser.send("GET", "/dev/mail")).text)[1]
    await mail_to_ada(auth, KEPT)
    page = (await browser.send("GET", "/dev/mail")).text
    assert page.count("<article") == KEPT
    assert first not in page
    assert (await browser.send("GET", f"/dev/{first}")).status_code == 404


@pytest.mark.one_process("each shows what it has printed itself")
async def test_what_a_mail_says_cannot_be_anything_but_text(
    make_app: MakeApp,
) -> None:
    """On our page; its own runs nothing."""
    app = await make_app(service_name='<script>alert("1")</script>')
    auth: Auth = app.state.auth
    await auth.accounts.create(ADA, None, "Ada")
    await mail_to_ada(auth)
    page = (await Browser(app).send("GET", "/dev/mail")).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page


async def test_in_production_there_is_no_such_page(production: Starlette) -> None:
    """Nor one for a single mail."""
    browser = Browser(production, url="https://auth.example.com")
    for path in ("/dev/mail", "/dev/mail/00000000-0000-0000-0000-000000000000"):
        assert (await browser.send("GET", path)).status_code == 404


async def test_with_a_mail_server_there_is_no_such_page(make_app: MakeApp) -> None:
    """Mails go there, and none are kept."""
    app = await make_app(smtp_url="smtp+plain://127.0.0.1:1", mail_from="a@example.com")
    assert (await Browser(app).send("GET", "/dev/mail")).status_code == 404
