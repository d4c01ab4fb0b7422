"""What the server says of itself to OAuth clients (RFC 8414)."""

from apps import PRODUCTION, MakeApp
from browser import Browser
from starlette.applications import Starlette

from authberry.server.oauth import METADATA, OPENID_CONFIGURATION

URL = PRODUCTION["public_url"]
CLIENTS = "billing:c2VjcmV0IG9mIHRoZSBiaWxsaW5nIHNlcnZpY2UsIGZvciB0ZXN0cw"


async def test_without_services_there_are_keys_and_no_grant(production: Starlette) -> None:
    """People log in by GraphQL. An empty list says so; none at all would mean two grants."""
    answer = await Browser(production, url=URL).send("GET", METADATA)
    assert answer.json() == {
        "issuer": URL,
        "jwks_uri": f"{URL}/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": [],
        "acr_values_supported": ["aal1", "aal2", "phr"],
    }


async def test_services_are_told_where_to_ask(make_app: MakeApp) -> None:
    """And how to prove themselves there; each URL is one that answers."""
    browser = Browser(await make_app(**PRODUCTION, oauth_clients=CLIENTS), url=URL)
    described = (await browser.send("GET", METADATA)).json()
    methods = ["client_secret_basic", "client_secret_post"]
    assert {name: value for name, value in described.items() if name.startswith(("i", "r"))} == {
        "issuer": URL,
        "response_types_supported": [],
        "introspection_endpoint": f"{URL}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{URL}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
    }
    for name in ("introspection_endpoint", "revocation_endpoint"):
        assert (await browser.send("POST", described[name])).status_code == 415
    assert (await browser.send("GET", described["jwks_uri"])).status_code == 200


async def test_any_page_may_read_it_and_keep_it_for_a_while(production: Starlette) -> None:
    """As the key set."""
    browser = Browser(production, url=URL)
    answer = await browser.send("GET", METADATA, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert (await browser.send("POST", METADATA)).status_code == 405


async def test_gateways_find_issuer_and_keys_where_openid_providers_have_them(
    production: Starlette,
) -> None:
    """And what is true: nobody gets an ID token here, so that none has an algorithm."""
    browser = Browser(production, url=URL)
    described = (await browser.send("GET", OPENID_CONFIGURATION)).json()
    assert described == {
        **(await browser.send("GET", METADATA)).json(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
    }
    assert (described["issuer"], described["jwks_uri"]) == (URL, f"{URL}/.well-known/jwks.json")
    assert (await browser.send("GET", described["jwks_uri"])).json()["keys"]
