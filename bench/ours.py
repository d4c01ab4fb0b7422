"""Our own server, as its command line starts it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from authberry import RefreshTokenTransport
from bench.contestants import PASSWORD, PEOPLE, Contestant, Kind, Place, Sessions
from bench.loads import Extract, Request, chain, graphql, mixed, once, steady
from bench.postgres import Postgres
from bench.processes import CannotRun, Command, clean_environment

AUTHBERRY = [str(Path(sys.executable).with_name("authberry"))]
CARRIERS = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "tortoise-orm",
    "aiosqlite",
    "asyncpg",
    "pyjwt",
    "cryptography",
    "argon2-cffi",
)
LIMITS = (
    "login_attempts",
    "login_attempts_per_account",
    "login_attempts_per_address",
    "login_attempts_in_all",
    "register_attempts",
    "refresh_attempts",
    "session_attempts",
    "change_attempts",
)
# Production would refuse to be without limits on guessing, and they are what must not be measured.
SETTINGS = {
    "AUTHBERRY_ENV": "development",
    "AUTHBERRY_GRAPHIQL": "false",
    "AUTHBERRY_INTROSPECTION": "false",
    "AUTHBERRY_PUBLIC_URL": "https://auth.example.com",
    "AUTHBERRY_SECRET": "Zm9yIGEgYmVuY2htYXJrIG9ubHksIGFuZCBub3QgZm9yIHlvdQ",
    "AUTHBERRY_LOG_LEVEL": "error",
    "AUTHBERRY_ACCESS_TOKEN_TTL": "86400",  # a benchmark is longer than five minutes
    **{f"AUTHBERRY_{name.upper()}": "off" for name in LIMITS},
}
STRICT = {"AUTHBERRY_REFRESH_WINDOW": "0"}

OWN_EMAIL = '"email":"<<email>>"'

ONE_FIELD = graphql("{ me { id } }", expect=('{"data":{"me":{"id":"',), own=('"id":"<<id>>"',))
ME = graphql(
    "{ me { id email } }", expect=('{"data":{"me":{"id":"', "@example.com"), own=(OWN_EMAIL,)
)
MANY_FIELDS = graphql(
    "{ me { id email name emailVerified roles createdAt }"
    " session { id current createdAt lastUsedAt expiresAt userAgent ipAddress } }",
    expect=('"emailVerified":false', '"current":true', '"ipAddress":'),
    own=(OWN_EMAIL,),
)
SESSIONS = graphql(
    "{ sessions { id current createdAt lastUsedAt expiresAt userAgent ipAddress } }",
    expect=('{"data":{"sessions":[{"id":"', '"current":true'),
    own=('"id":"<<session>>"',),
)
LOGIN = graphql(
    "mutation ($email: String!, $password: String!) {"
    " login(email: $email, password: $password, transport: BODY) {"
    " ... on AuthPayload { accessToken refreshToken } ... on Error { code } } }",
    {"email": "<<login>>", "password": PASSWORD},
    authorization=None,
    expect=('{"data":{"login":{"accessToken":"eyJ', '"refreshToken":"'),
)


def _refreshing(*, rotates: bool) -> Request:
    return graphql(
        "mutation ($token: String!) { refreshToken(refreshToken: $token) {"
        " ... on AuthPayload { accessToken refreshToken user { email } } ... on Error { code } } }",
        {"token": "<<refresh>>"},
        authorization=None,
        expect=('{"data":{"refreshToken":{"accessToken":"eyJ',),
        own=(OWN_EMAIL,),
        extract=(
            Extract("access", '"accessToken":"'),
            Extract("refresh", '"refreshToken":"', changes=rotates),
        ),
    )


REFRESH = _refreshing(rotates=True)
LOADS = {
    "me, one field": steady(ONE_FIELD),
    "me": steady(ME),
    "me, many fields": steady(MANY_FIELDS),
    "me, first sight": once(ME),
    "sessions": steady(SESSIONS),
    "login": steady(LOGIN),
    "refresh": chain(REFRESH),
    "refresh, stormed": chain(_refreshing(rotates=False)),
    "mixed": mixed(ME, REFRESH, LOGIN),
}


@dataclass(frozen=True, slots=True)
class Population:
    """How many people a database holds, and how many sessions each of them has."""

    people: int
    each: int


class Ours(Contestant):
    """Authberry; its databases are copies of one that was seeded through its own rules."""

    name = "authberry"
    role = "ours"
    databases = ("sqlite", "postgres")
    loads = LOADS
    remark = "uvicorn, one worker; as in production, but throttles off"
    transport = RefreshTokenTransport.BODY
    """How the sessions are held that are seeded."""

    def __init__(self, built: Path, population: Population, template: str = "seeded") -> None:
        """Keep what is seeded in `built`, and in a PostgreSQL database, both called `template`."""
        self._built = built
        self._template = template
        self._population = population
        self._seeded: dict[Kind, list[dict[str, str]]] = {}

    def prepare(self, kind: Kind, postgres: Postgres | None) -> None:
        """Seed a database for the servers to have copies of."""
        if kind == "none" or kind in self._seeded:
            return
        if postgres and kind == "postgres":
            url = postgres.create(self._template)
            # Only while it is seeded: nobody would miss what a crash took.
            postgres.execute(f"ALTER DATABASE {self._template} SET synchronous_commit = off")
            self._seeded[kind] = self._seed(url)
            postgres.execute(f"ALTER DATABASE {self._template} RESET synchronous_commit")
        else:
            self.file.unlink(missing_ok=True)
            url = f"sqlite://{self.file}"
            self._seeded[kind] = self._seed(url)

    def _seed(self, url: str) -> list[dict[str, str]]:
        return seed(url, self._population, self._built / "seed.json", self.transport)

    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Serve a copy of the seeded database."""
        return serve(place, self.database(place), settings)

    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Hand out what was seeded; the first sessions are those of people who ask steadily."""
        del url
        seeded = self._seeded[kind]
        return Sessions(seeded[:PEOPLE], seeded[PEOPLE:])

    def versions(self) -> Mapping[str, str]:
        """Name the project and what carries it."""
        return installed("authberry", *CARRIERS)

    @property
    def file(self) -> Path:
        """The SQLite database that was seeded."""
        return self._built / f"{self._template}.db"

    def database(self, place: Place) -> str:
        """Make a copy of what was seeded; returns its URL."""
        if place.kind == "postgres":
            return place.database(template=self._template)
        return f"sqlite://{shutil.copy(self.file, place.folder / 'authberry.db')}"


def serve(place: Place, database_url: str, settings: Mapping[str, str]) -> Command:
    """Say how a server is started; of the settings, `workers` is for the command line."""
    words = [*AUTHBERRY, "serve", "--port", str(place.port)]
    words += ["--workers", settings.get("workers", "1")]
    own = environment(database_url, settings)
    return Command(words, own, place.folder, health="/health/ready")


def environment(database_url: str, settings: Mapping[str, str]) -> dict[str, str]:
    """All settings of a server on this database."""
    own = {name: value for name, value in settings.items() if name.startswith("AUTHBERRY_")}
    return {**SETTINGS, "AUTHBERRY_DATABASE_URL": database_url, **own}


def seed(
    database_url: str,
    population: Population,
    out: Path,
    transport: RefreshTokenTransport = RefreshTokenTransport.BODY,
) -> list[dict[str, str]]:
    """Fill an empty database with people and sessions, in a process of its own.

    Returns:
        What each session's client holds.
    """
    variables = clean_environment(**environment(database_url, {}))
    numbers = [str(population.people), str(population.each)]
    for words in (
        [*AUTHBERRY, "migrate"],
        [sys.executable, "-m", "bench.seed", *numbers, transport.value, str(out)],
    ):
        done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CannotRun(f"seeding: {done.stderr.strip()[-500:]}")
    seeded: list[dict[str, str]] = json.loads(out.read_text("utf-8"))
    out.unlink()
    return seeded


def installed(*names: str) -> dict[str, str]:
    """Versions of packages in our own environment."""
    return {name: version(name) for name in names}
