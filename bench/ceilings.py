"""What the stack underneath can do, without the product: `bench/ceiling_app.py`."""

import sys
from collections.abc import Mapping
from pathlib import Path

from bench.contestants import Contestant, Kind, Login, Place, Sessions
from bench.loads import Extract, Load, Request, graphql, steady
from bench.ours import CARRIERS, installed
from bench.processes import Command

ROOT = Path(__file__).parent.parent
TOKEN = Request(
    "/token/<<n>>",
    method="GET",
    expect=('{"access":"eyJ',),
    extract=(Extract("access", '"access":"'), Extract("id", '"id":"')),
)
_ME = '{"data":{"me":{"id":"'


def _me(path: str, *, own: bool = True) -> Load:
    return steady(
        graphql(
            "{ me { id email } }",
            path=path,
            authorization="Bearer <<access>>" if own else None,
            expect=(_ME, "@example.com"),
            own=('"email":"<<email>>"',) if own else (),
        )
    )


class Ceiling(Contestant):
    """One of the endpoints, at the versions of our own lock."""

    role = "ceiling"

    def __init__(
        self, name: str, databases: tuple[Kind, ...], loads: Mapping[str, Load], remark: str
    ) -> None:
        """Name it."""
        self.name = name
        self.databases = databases
        self.loads = loads
        self.remark = remark

    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Serve all the endpoints."""
        del settings
        urls = {
            "none": "",
            "sqlite": f"sqlite://{place.folder}/ceiling.db",
            "postgres": place.database() if place.kind == "postgres" else "",
        }
        return Command(
            [
                *(sys.executable, "-m", "uvicorn", "bench.ceiling_app:app"),
                *("--port", str(place.port), "--loop", "uvloop", "--http", "httptools"),
                *("--no-access-log", "--log-level", "warning", "--no-server-header"),
            ],
            {"BENCH_DATABASE": urls[place.kind]},
            ROOT,
        )

    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Fetch a token for everybody."""
        del kind
        return Login(TOKEN).all(url)

    def versions(self) -> Mapping[str, str]:
        """Name what it shares with us."""
        return installed(*CARRIERS)


CONSTANT = Ceiling(
    "Starlette, constant",
    ("none",),
    {"me": _me("/constant", own=False)},
    "reads the JSON body, answers with a constant",
)
VERIFIED = Ceiling(
    "Starlette + PyJWT", ("none",), {"me": _me("/verified")}, "verifies an ES256 token"
)
READ = Ceiling(
    "Starlette + PyJWT + Tortoise",
    ("sqlite", "postgres"),
    {"me": _me("/read")},
    "verifies an ES256 token, reads the user by id; no GraphQL",
)
STOCK = Ceiling(
    "Strawberry view + PyJWT",
    ("none",),
    {
        "me": _me("/graphql/"),
        "claims": steady(
            graphql(
                "{ viewerId }",
                path="/graphql/",
                expect=('{"data":{"viewerId":"',),
                own=('"viewerId":"<<id>>"',),
            )
        ),
    },
    "strawberry.asgi.GraphQL as it comes, no caches; verifies an ES256 token, no database",
)
CEILINGS = (CONSTANT, VERIFIED, READ, STOCK)
