"""What is measured, group by group."""

from collections.abc import Sequence
from pathlib import Path

from bench.ceilings import CEILINGS, STOCK
from bench.claims import Claims
from bench.contestants import PEOPLE, Contestant, Kind
from bench.cookies import BY_COOKIE, BY_TOKEN, Cookies
from bench.documents import DOCUMENTS, Documents
from bench.hash_measurement import HashMeasurement
from bench.measurements import LoadMeasurement, Measurement
from bench.names import ALL_CORES, MEMORY_STRICT, ONE_WORKER, TWO_WORKERS, sessions_stored
from bench.ours import STRICT, Ours, Population
from bench.peers import PEERS
from bench.peers.better_auth import BETTER_AUTH
from bench.queue_measurement import QueueMeasurement
from bench.stored import REAL_A_ROUND, Stored
from bench.stored import real as stored_real

CLIENTS = (1, 16, 64)
ONE = (16,)
BUILT = Path(__file__).parent / ".built"

QUICK_SECONDS = 2
POWERS = (3, 4, 5, 6, 7)
SQLITE_POWER = 6

FULL_POPULATION = Population(people=4000, each=5)
QUICK_POPULATION = Population(people=600, each=4)


def ours(contestant: Ours, clients: Sequence[int]) -> list[Measurement]:
    """All the work there is, on each database."""
    loose = ("me, one field", "me", "me, many fields", "me, first sight", "sessions")
    first = [(work, clients) for work in (*loose, "refresh, stormed", "login")]
    second = [(work, clients) for work in ("refresh", "mixed")]
    return [
        measurement
        for kind in contestant.databases
        for measurement in (
            LoadMeasurement("ours", contestant, kind, first),
            LoadMeasurement("ours", contestant, kind, second, STRICT, memory=MEMORY_STRICT),
        )
    ]


def ceilings(clients: Sequence[int]) -> list[Measurement]:
    """What is possible at all."""
    return [
        LoadMeasurement("ceilings", ceiling, kind, [("me", clients)])
        for ceiling in CEILINGS
        for kind in ceiling.databases
    ]


def claims(contestant: Ours, clients: Sequence[int]) -> list[Measurement]:
    """A field that needs only the claims, ours and stock."""
    return [
        LoadMeasurement(
            "claims", Claims(contestant), "sqlite", [("claims", clients)], warm="claims"
        ),
        LoadMeasurement("claims", STOCK, "none", [("claims", clients)], warm="claims"),
    ]


def quick() -> list[Measurement]:
    """Ours against the ceilings, from sixteen clients."""
    us = Ours(BUILT, QUICK_POPULATION)
    works = [(work, ONE) for work in ("me", "me, first sight", "login")]
    return [
        *ceilings(ONE),
        *claims(us, ONE),
        *(LoadMeasurement("ours", us, kind, works) for kind in us.databases),
        *(
            LoadMeasurement("ours", us, kind, [("refresh", ONE)], STRICT, memory=MEMORY_STRICT)
            for kind in us.databases
        ),
    ]


def peers() -> list[Measurement]:
    """The rivals; asked last are those logins that make their sessions many."""
    measurements: list[Measurement] = []
    for peer in PEERS:
        more = [(work, ONE) for work in ("refresh", "login") if work in peer.loads]
        measurements += [
            LoadMeasurement("peers", peer, kind, [("me", CLIENTS), *more])
            for kind in peer.databases
        ]
    return measurements


def queue(us: Ours) -> list[Measurement]:
    """Asking while others wait to be logged in."""
    return [QueueMeasurement(us, "sqlite")]


def logins(us: Ours) -> list[Measurement]:
    """Logging in on every core."""
    login = [("login", ONE)]
    return [
        HashMeasurement(us),
        *(
            LoadMeasurement(
                "logins", one, "sqlite", login, suffix=ALL_CORES, cores="every", warm="login"
            )
            for one in (us, BETTER_AUTH)
        ),
    ]


def workers(us: Ours) -> list[Measurement]:
    """Two workers on two cores, beside one on one."""
    works = [(work, ONE) for work in ("me", "me, first sight")]
    two = {"workers": "2"}
    return [
        LoadMeasurement("workers", us, "postgres", works, suffix=ONE_WORKER),
        LoadMeasurement("workers", us, "postgres", works, two, suffix=TWO_WORKERS, cores="pair"),
    ]


def stored(rounds: int, powers: Sequence[int]) -> list[Measurement]:
    """The cost of asking and refreshing, by how many sessions the table holds."""
    real = stored_real(BUILT, rounds)
    works = [(work, ONE) for work in ("me, first sight", "refresh")]
    tables: list[tuple[Kind, int]] = [("postgres", power) for power in powers]
    tables += [("sqlite", power) for power in (powers[0], min(powers[-1], SQLITE_POWER))]
    return [
        LoadMeasurement(
            "stored",
            Stored(real, 10**power, rounds),
            kind,
            works,
            STRICT,
            suffix=sessions_stored(power),
            chained_sessions=REAL_A_ROUND,
        )
        for kind, power in tables
    ]


def documents() -> list[Measurement]:
    """Documents of growing size."""
    us = Documents(BUILT, Population(people=PEOPLE, each=1), "documents")
    works = [(name, ONE) for name in DOCUMENTS]
    return [LoadMeasurement("documents", us, "sqlite", works, memory="memory, documents")]


def cookies() -> list[Measurement]:
    """Who asks by a session's cookie, and who by an access token, each of a server of its own."""
    us = Cookies(BUILT, FULL_POPULATION, "cookies")
    return [
        LoadMeasurement("cookies", us, kind, [(work, ONE)])
        for kind in us.databases
        for work in (BY_TOKEN, BY_COOKIE)
    ]


def full(rounds: int) -> list[Measurement]:
    """Everything."""
    us = Ours(BUILT, FULL_POPULATION)
    return [
        *ceilings(CLIENTS),
        *claims(us, CLIENTS),
        *ours(us, CLIENTS),
        *peers(),
        *queue(us),
        *logins(us),
        *workers(us),
        *stored(rounds, POWERS),
        *documents(),
        *cookies(),
    ]


def is_wanted(measurement: Measurement, groups: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a measurement is among what was asked for; nothing asked for is everything."""
    name = measurement.contestant.name.lower()
    return (not groups or measurement.group in groups) and (
        not names or any(part.lower() in name for part in names)
    )


def contestants(measurements: Sequence[Measurement]) -> list[Contestant]:
    """Everybody who takes part, once."""
    return list(dict.fromkeys(measurement.contestant for measurement in measurements))


def tools(measurements: Sequence[Measurement]) -> set[str]:
    """What must be installed for them."""
    return {tool for one in contestants(measurements) for tool in one.tools}
