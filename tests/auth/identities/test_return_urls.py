"""Where a browser may be sent to: pages of this service and of the origins that may use it."""

import pytest

from authberry import Settings
from authberry.errors import InvalidInput
from authberry.identities.return_urls import ReturnUrls

OURS = "https://auth.example.com"
APP = "https://app.example.com"
SETTINGS: dict[str, object] = {
    "secret": "YW5vdGhlciBrZXkgZm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgeW91",
    "env": "production",
    "public_url": OURS,
    "allowed_origins": f"{APP},https://app.example.com:8443",
    "smtp_url": "smtp://127.0.0.1:1",
    "mail_from": "auth@example.com",
}


@pytest.fixture
def urls() -> ReturnUrls:
    """Those of a service in production."""
    return ReturnUrls(Settings.load(**SETTINGS))


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        (f"{OURS}/account/", f"{OURS}/account/"),
        ("/account/", f"{OURS}/account/"),
        ("/", f"{OURS}/"),
        (APP, APP),
        (f"{APP}/", f"{APP}/"),
        (f"{APP}/in?next=%2Fhome&x=1#/tab", f"{APP}/in?next=%2Fhome&x=1#/tab"),
        (f"{APP}//evil.example/", f"{APP}//evil.example/"),
        ("https://app.example.com:8443/in", "https://app.example.com:8443/in"),
    ],
)
def test_pages_of_ours_and_of_those_who_may_use_us(urls: ReturnUrls, asked: str, page: str) -> None:
    """To the letter; a path is of this origin."""
    assert urls.page(asked) == page


CORPUS = [
    "",
    " ",
    "account/",
    "https://evil.example/",
    "http://auth.example.com/",
    "http://app.example.com/",
    "https://app.example.com:443/",
    "https://app.example.com:80/",
    "https://app.example.com.evil.example/",
    "https://app.example.comevil.example/",
    "https://evil.example/app.example.com",
    "https://evil.example?https://app.example.com/",
    "https://evil.example#https://app.example.com/",
    "https://app.example.com@evil.example/",
    "https://app.example.com:password@evil.example/",
    "https://evil.example\\@app.example.com/",
    "https://app.example.com\\.evil.example/",
    "https://app.example.com\\evil.example/",
    "https://app.example.com%2eevil.example/",
    "https://app.example.com%00.evil.example/",
    "https://app.example.com?x",
    "https://app.example.com#x",
    "https://APP.example.com/",
    "HTTPS://app.example.com/",
    "https://app.example.com./",
    "https://sub.app.example.com/",
    "https:app.example.com/",
    "https:/app.example.com/",
    "https:///app.example.com/",
    "https:///evil.example/",
    "https:\\\\app.example.com/",
    "//evil.example/",
    "//app.example.com/",
    "///evil.example/",
    "/\\evil.example/",
    "\\/evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " https://app.example.com/",
    "https://app.example.com/ ",
    "https://app.example.com/\r\nSet-Cookie: a=b",
    "https://app.example.com/\nLocation: https://evil.example/",
    "/account/\r\nLocation: https://evil.example/",
    "/\x00",
    "/account/\u2028",
    "/\uff41ccount",
    "https://app\u3002example.com/",
    "https://\uff41pp.example.com/",
    "javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/account/<script>",
    '/account/"onload=',
    "file:///etc/passwd",
    "ftp://app.example.com/",
    "blob:https://app.example.com/1",
    "myapp://callback",
    "null",
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "https://app.example.com/" + "a" * 2000,
    "https://[::1]/",
    "https://app.example.com,https://evil.example/",
]


@pytest.mark.parametrize("asked", CORPUS)
def test_nobody_is_sent_anywhere_else(urls: ReturnUrls, asked: str) -> None:
    """What browsers read otherwise than people, and libraries otherwise than browsers."""
    with pytest.raises(InvalidInput) as refused:
        urls.page(asked)
    assert refused.value.field == "returnTo"
    assert "evil" not in str(refused.value)


def test_in_development_pages_of_this_machine_are_ours() -> None:
    """Whatever port a frontend is served at."""
    urls = ReturnUrls(Settings.load(secret=SETTINGS["secret"]))
    assert urls.page("http://localhost:5173/in") == "http://localhost:5173/in"
    with pytest.raises(InvalidInput):
        urls.page("http://localhost.evil.example/")
    with pytest.raises(InvalidInput):
        urls.page("http://localhost:5173@evil.example/")


def test_the_callback_is_below_the_path_of_the_public_url() -> None:
    """And follows where a host has mounted us."""
    settings = Settings.load(**{**SETTINGS, "public_url": f"{OURS}/auth"})
    urls = ReturnUrls(settings)
    assert urls.callback("acme") == f"{OURS}/auth/external/acme/callback"
    urls.follow(settings.under("/mounted"))
    assert urls.callback("acme") == f"{OURS}/auth/mounted/external/acme/callback"
    assert urls.page("/auth/account/") == f"{OURS}/auth/account/"
