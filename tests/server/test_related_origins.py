"""The origins that may use our passkeys, where browsers look for them."""

from apps import PRODUCTION, MakeApp
from browser import Browser

from authberry.server.related_origins import RELATED_ORIGINS


async def test_browsers_find_which_origins_may_use_our_passkeys(make_app: MakeApp) -> None:
    """Those of the settings, and never what a request says of itself."""
    app = await make_app(
        **PRODUCTION,
        webauthn_origins=("https://auth.example.com", "https://shop.example"),
    )
    browser = Browser(app, url=PRODUCTION["public_url"])
    answer = await browser.send(
        "GET", RELATED_ORIGINS, headers={"Origin": "https://thief.example", "Host": "thief.example"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"origins": ["https://auth.example.com", "https://shop.example"]}


async def test_by_default_it_is_the_origin_of_the_service(make_app: MakeApp) -> None:
    """Also where it is served below a path: browsers ask at the root of the domain."""
    host = PRODUCTION["public_url"]
    app = await make_app(**{**PRODUCTION, "public_url": f"{host}/auth"})
    for address in (f"{host}{RELATED_ORIGINS}", f"{host}/auth{RELATED_ORIGINS}"):
        answer = await Browser(app, url=host).send("GET", address)
        assert (answer.status_code, answer.json()) == (200, {"origins": [host]})
