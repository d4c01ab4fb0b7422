"""Whatever stands in a form is one request of one service, or refused."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st
from nearly_right import mixed, request
from starlette.requests import Request

from authberry.server.http import Malformed
from authberry.server.oauth.client_credentials import InvalidClient, _credentials, read_form


@settings(max_examples=300)
@given(
    st.binary(max_size=8)
    | mixed("token=", "a", "&", "client_id=a", "client_secret=b", "%", "%ff", "+", "=").map(
        lambda text: text.encode("latin-1")
    ),
    st.lists(mixed("Basic ", "basic", "YTpi", "OmI=", "=", " ", "\xe9"), max_size=2),
)
async def test_a_form_is_one_or_a_refusal(body: bytes, authorizations: list[str]) -> None:
    """With credentials in one place, or none; every parameter stands once."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [("content-type", "application/x-www-form-urlencoded")]
    headers += [("authorization", one) for one in authorizations]
    sent = Request(request(headers).scope, receive)
    try:
        form = await read_form(sent)
        client_id, secret = _credentials(sent, form)
    except InvalidClient:
        return
    except Malformed as refusal:
        if refusal.status != 400:
            raise
        return
    assert not (authorizations and form.get("client_secret"))
    basic = b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
    again = request([("authorization", f"Basic {basic}")])
    assert _credentials(again, {}) == (client_id, secret)
