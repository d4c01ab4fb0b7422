"""Which service sends a request: its form, and the client credentials in it (RFC 6749)."""

import base64
import binascii
from dataclasses import replace
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from authberry import Auth, Client
from authberry.graph.context import client_of, media_type
from authberry.server.http import Malformed, read_body
from authberry.tokens import OWS

Form = dict[str, str]


class InvalidClient(Exception):
    """The service has not proved which one it is."""


async def read_form(request: Request) -> Form:
    """Read a form in which every parameter stands once (RFC 6749, section 3.2).

    Raises:
        Malformed: 415, 413, 408 or 400.
    """
    if media_type(request.headers.get("content-type", "")) != "application/x-www-form-urlencoded":
        raise Malformed(415, "Send the request as application/x-www-form-urlencoded.")
    body = await read_body(request)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Malformed(400, "This is not a form in UTF-8.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise Malformed(400, "A parameter stands twice.")
    return form


def authenticate_client(request: Request, form: Form, auth: Auth) -> Client:
    """Describe the sender, who has proved to be one of the configured services.

    Raises:
        InvalidClient: it has not.
        Malformed: 400; it tries to in two ways at once (RFC 6749, section 2.3).
    """
    client = client_of(request, auth.settings, request.scope["request_id"])
    client_id, secret = _credentials(request, form)
    if not auth.oauth_clients.authenticate(client_id, secret, client):
        raise InvalidClient("The client is unknown, or its secret is wrong.")
    return replace(client, client_id=client_id)


def _credentials(request: Request, form: Form) -> tuple[str, str]:
    headers = request.headers.getlist("authorization")
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not headers:
        if not client_id or not secret:
            raise InvalidClient("Send the client's id and secret.")
        return client_id, secret
    if secret or len(headers) > 1:
        raise Malformed(400, "Send the client's secret in one way, and once.")
    basic_id, basic_secret = _basic(headers[0])
    if client_id not in {"", basic_id}:
        raise Malformed(400, "`client_id` is another one than in the Authorization header.")
    return basic_id, basic_secret


def _basic(header: str) -> tuple[str, str]:
    """Read id and secret, each of which is encoded as in a form (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = header.strip(OWS).partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("Send the client's id and secret as Basic.")
    try:
        text = base64.b64decode(encoded.strip(OWS), validate=True).decode("utf-8")
        client_id, _, secret = (unquote_plus(part, errors="strict") for part in text.partition(":"))
    except (binascii.Error, ValueError):
        raise InvalidClient("The Authorization header is malformed.") from None
    return client_id, secret
