"""What `nox -s wheel` runs where nothing is installed but the wheel with its extra `verify`."""

import asyncio
import importlib
import sys
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import distributions
from json import dumps
from threading import Thread

import authberry
from authberry import AccessTokenVerifier, Unauthenticated
from authberry.clock import SystemClock
from authberry.tokens.jose import Key

SERVER_S = ("argon2", "asyncpg", "graphql", "pydantic", "starlette", "strawberry", "tortoise")
ISSUER = "https://auth.example.com"
KEY = Key.generate("ES256")


class Keys(BaseHTTPRequestHandler):
    """Publishes the key."""

    def do_GET(self) -> None:
        """Answer anything."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(dumps({"keys": [KEY.public_jwk]}).encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def token() -> str:
    """A token as the server signs them."""
    now = SystemClock().now()
    person = "0197a3f0-0000-7000-8000-000000000001"
    return KEY.sign(
        {
            "iss": ISSUER,
            "aud": ISSUER,
            "client_id": "authberry",
            "jti": "a token",
            "sub": person,
            "sid": person,
            "roles": [],
            "amr": ["pwd"],
            **dict.fromkeys(("iat", "auth_time"), int(now.timestamp())),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        },
        typ="at+jwt",
    )


async def story(url: str) -> None:
    """A good token, and a bad one."""
    async with AccessTokenVerifier(url, issuer=ISSUER, audience=ISSUER) as verifier:
        print((await verifier.verify(token())).user_id)
        try:
            await verifier.verify("x")
        except Unauthenticated as refusal:
            print(refusal.reason.name)
        else:
            sys.exit("It takes anything for a token.")


def main() -> None:
    """Verify, and count what that took."""
    server = HTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    asyncio.run(story(f"http://127.0.0.1:{server.server_port}/"))
    server.shutdown()
    server.server_close()
    for name in SERVER_S:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        sys.exit(f"{name} is there.")
    try:
        authberry.Auth  # noqa: B018 - to look for it is what imports it
    except ImportError as missing:
        print(missing)
    else:
        sys.exit("There is a server.")
    print(*sorted(one.name for one in distributions()))


main()
