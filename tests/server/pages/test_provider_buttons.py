"""What our pages offer of providers, as they are served; tests/browser presses the buttons."""

import re
from html import unescape

from apps import MakeApp
from browser import Browser
from provider_buttons import PROVIDERS, SECRET


async def html(browser: Browser, path: str) -> str:
    """What a page is made of, on one line."""
    return re.sub(r"\s+", " ", (await browser.send("GET", path)).text)


async def test_providers_have_a_button_each_in_the_order_of_the_settings(make_app: MakeApp) -> None:
    """By their names, to log in, to make an account and to link; nothing else of them is told."""
    browser = Browser(await make_app(providers=PROVIDERS))
    for name, act in (("login", "loginWith"), ("register", "loginWith"), ("", "linkIdentity")):
        page = await html(browser, f"/account/{name}")
        assert re.findall(f'data-act="{act}" data-provider="([^"]*)"', page) == list(PROVIDERS)
        assert [unescape(one) for one in re.findall(r"data-providers=\"([^\"]*)\"", page)] == [
            '{"google": "Google", "github": "GitHub", "acme": "Bonnie & \\"Clyde\\""}'
        ]
        assert SECRET not in page
    login = await html(browser, "/account/login")
    assert '<span class="mark" aria-hidden="true">G</span> Continue with Google</button>' in login
    assert "</span> Continue with Bonnie &amp; &#34;Clyde&#34;</button>" in login


async def test_who_proves_once_more_is_sent_where_that_can_be_asked(make_app: MakeApp) -> None:
    """GitHub and Google say nothing of when somebody has logged in."""
    browser = Browser(await make_app(providers=PROVIDERS))
    account = await html(browser, "/account/")
    proving = re.findall(r'data-act="proveAtProvider" data-provider="([^"]*)"', account)
    assert proving == ["acme"]


async def test_without_providers_or_registration_no_button_leads_to_one(make_app: MakeApp) -> None:
    """Nor a line that parts them from the rest."""
    none = Browser(await make_app())
    browser = Browser(await make_app(providers=PROVIDERS, registration="closed"))
    for one in (none, browser):
        page = await html(one, "/account/register")
        assert 'data-act="loginWith"' not in page
        assert 'class="or"' not in page
    assert 'data-act="loginWith"' in await html(browser, "/account/login")
