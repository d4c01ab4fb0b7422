"""The client's address: whom to believe."""

import pytest
from apps import MakeApp
from browser import Browser, data
from documents import REFRESH_TOKEN
from people import begin

from authberry import Auth, Client
from authberry.models import User

PROXIES = "10.0.0.0/8, 192.0.2.200, fd00::/8"


async def address_of(
    auth: Auth, ada: User, browser: Browser, headers: list[tuple[str, str]]
) -> str | None:
    """Where a refresh came from, by the row it wrote."""
    issued = await begin(auth, ada, Client())
    variables = {"refreshToken": issued.refresh_token}
    response = await browser.send(
        json={"query": REFRESH_TOKEN, "variables": variables}, headers=headers
    )
    address: str | None = data(response)["session"]["ipAddress"]
    return address


HEADERS = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"]


async def test_without_trusted_proxies_no_header_is_believed(
    auth: Auth, ada: User, browser: Browser, subtests: pytest.Subtests
) -> None:
    """Anybody can write them."""
    for name in HEADERS:
        with subtests.test(name):
            value = "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9"
            assert await address_of(auth, ada, browser, [(name, value)]) == "192.0.2.1"


async def test_a_header_that_is_not_believed_is_told_of_once(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """With the setting that is missing, if the sender is a proxy; anybody may send it, often."""
    app = await make_app()
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    for address in ("192.0.2.1", "192.0.2.2", None):
        browser = Browser(app, address=address)
        for headers in ([], [("X-Forwarded-For", "203.0.113.9")]):
            assert await address_of(auth, ada, browser, headers) == address
    facts = [vars(one) for one in caplog.records if "believed" in one.getMessage()]
    assert [(one["setting"], one["peer"]) for one in facts] == [
        ("AUTHBERRY_TRUSTED_PROXIES", "192.0.2.1")
    ]


async def test_a_proxy_at_a_unix_socket_that_is_not_believed_is_told_of_too(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no address by which it could be named."""
    app = await make_app()
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    browser = Browser(app, address=None)
    headers = [("X-Forwarded-For", "203.0.113.9")]
    assert await address_of(auth, ada, browser, headers) is None
    facts = [vars(one) for one in caplog.records if "believed" in one.getMessage()]
    assert [(one["setting"], one["peer"]) for one in facts] == [
        ("AUTHBERRY_TRUSTED_PROXIES", "a Unix socket")
    ]


CHAINS = [
    # The socket is nobody's proxy: what it says is not believed.
    ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    ("11.0.0.1", ["203.0.113.9"], "11.0.0.1"),
    # One proxy.
    ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", [], "10.0.0.1"),
    ("10.0.0.1", [""], "10.0.0.1"),
    ("192.0.2.200", [" 203.0.113.9 "], "203.0.113.9"),
    ("fd00::1", ["2001:db8::9"], "2001:db8::9"),
    # Several: the rightmost that is not one of ours; what is left of it was made up.
    ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    ("10.0.0.1", ["6.6.6.6", "203.0.113.9", "10.0.0.2, 10.0.0.3"], "203.0.113.9"),
    ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ("10.0.0.1", ["203.0.113.9, 6.6.6.6, fd00::2"], "6.6.6.6"),
    # Spellings: ports, brackets, IPv4 in IPv6, capitals, zeros.
    ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
    ("10.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"),
    ("10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"),
    ("10.0.0.1", ["2001:DB8:0:0:0:0:0:9"], "2001:db8::9"),
    ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("::ffff:192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    ("10.0.0.1", ["6.6.6.6, ::ffff:10.0.0.2"], "6.6.6.6"),
    ("fe80::1%eth0", [], "fe80::1"),
    # Garbage: the last hop that is known.
    ("10.0.0.1", ["unknown"], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", ["203.0.113.9,"], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.256"], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.009"], "10.0.0.1"),
    ("10.0.0.1", ["1.2.3.4.5"], "10.0.0.1"),
    ("10.0.0.1", ["0x7f000001"], "10.0.0.1"),
    ("10.0.0.1", ["2130706433"], "10.0.0.1"),
    ("10.0.0.1", ["[::1"], "::1"),
    ("10.0.0.1", ["[]"], "10.0.0.1"),
    ("10.0.0.1", ["for=203.0.113.9"], "10.0.0.1"),
    ("10.0.0.1", ["<script>"], "10.0.0.1"),
    ("10.0.0.1", ["\u00e9\u00ff"], "10.0.0.1"),
    ("10.0.0.1", ["\u00b2.0.0.1"], "10.0.0.1"),
    ("10.0.0.1", ["a," * 10_000 + "203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["10.0.0.2," * 5_000 + "10.0.0.3"], "10.0.0.2"),
    # A socket without an address, as behind a UNIX one.
    (None, ["203.0.113.9"], None),
    ("testclient", ["203.0.113.9"], None),
]


async def test_behind_trusted_proxies_the_rightmost_stranger_is_the_client(
    make_app: MakeApp, subtests: pytest.Subtests
) -> None:
    """Each hop adds whom it heard to the right; ours do not lie."""
    app = await make_app(trusted_proxies=PROXIES)
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    for socket, forwarded, address in CHAINS:
        with subtests.test(f"{socket} {forwarded}"[:80]):
            headers = [("X-Forwarded-For", value) for value in forwarded]
            browser = Browser(app, address=socket)
            assert await address_of(auth, ada, browser, headers) == address


BEHIND_A_SOCKET = [
    (None, ["203.0.113.9"], "203.0.113.9"),
    (None, ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    (None, ["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    (None, [], None),
    (None, ["unknown"], None),
    ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("testclient", ["203.0.113.9"], None),
]


async def test_behind_a_unix_socket_that_is_trusted_people_have_addresses(
    make_app: MakeApp, subtests: pytest.Subtests
) -> None:
    """Who is connected to one has no address, and would share one budget with everybody."""
    app = await make_app(trusted_proxies=f"unix, {PROXIES}")
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    for socket, forwarded, address in BEHIND_A_SOCKET:
        with subtests.test(f"{socket} {forwarded}"):
            headers = [("X-Forwarded-For", value) for value in forwarded]
            browser = Browser(app, address=socket)
            assert await address_of(auth, ada, browser, headers) == address
