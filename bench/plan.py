"""What is measured, group by group."""

from collections.abc import Sequence
from pathlib import Path

from bench.bouts import Bout, LoadBout
from bench.ceilings import CEILINGS, STOCK
from bench.claims import Claims
from bench.contestants import PEOPLE, Contestant, Kind
from bench.documents import DOCUMENTS, Documents
from bench.hash_bout import HashBout
from bench.names import ALL_CORES, MEMORY_STRICT, ONE_WORKER, TWO_WORKERS, sessions_stored
from bench.ours import STRICT, Crowd, Ours
from bench.peers import PEERS
from bench.peers.better_auth import BETTER_AUTH
from bench.queue_bout import QueueBout
from bench.stored import REAL_A_ROUND, Stored
from bench.stored import real as stored_real

CLIENTS = (1, 16, 64)
ONE = (16,)
BUILT = Path(__file__).parent / ".built"

QUICK_SECONDS = 2
POWERS = (3, 4, 5, 6, 7)
SQLITE_POWER = 6

FULL_CROWD = Crowd(people=4000, each=5)
QUICK_CROWD = Crowd(people=600, each=4)


def ours(contestant: Ours, clients: Sequence[int]) -> list[Bout]:
    """All the work there is, on each database."""
    loose = ("me, one field", "me", "me, many fields", "me, first sight", "sessions")
    first = [(work, clients) for work in (*loose, "refresh, stormed", "login")]
    second = [(work, clients) for work in ("refresh", "mixed")]
    return [
        bout
        for kind in contestant.databases
        for bout in (
            LoadBout("ours", contestant, kind, first),
            LoadBout("ours", contestant, kind, second, STRICT, memory=MEMORY_STRICT),
        )
    ]


def ceilings(clients: Sequence[int]) -> list[Bout]:
    """What is possible at all."""
    return [
        LoadBout("ceilings", ceiling, kind, [("me", clients)])
        for ceiling in CEILINGS
        for kind in ceiling.databases
    ]


def claims(contestant: Ours, clients: Sequence[int]) -> list[Bout]:
    """A field that needs only the claims, ours and stock."""
    return [
        LoadBout("claims", Claims(contestant), "sqlite", [("claims", clients)], warm="claims"),
        LoadBout("claims", STOCK, "none", [("claims", clients)], warm="claims"),
    ]


def quick() -> list[Bout]:
    """Ours against the ceilings, from sixteen clients."""
    us = Ours(BUILT, QUICK_CROWD)
    works = [(work, ONE) for work in ("me", "me, first sight", "login")]
    return [
        *ceilings(ONE),
        *claims(us, ONE),
        *(LoadBout("ours", us, kind, works) for kind in us.databases),
        *(
            LoadBout("ours", us, kind, [("refresh", ONE)], STRICT, memory=MEMORY_STRICT)
            for kind in us.databases
        ),
    ]


def peers() -> list[Bout]:
    """The rivals; asked last are those logins that make their sessions many."""
    bouts: list[Bout] = []
    for peer in PEERS:
        more = [(work, ONE) for work in ("refresh", "login") if work in peer.loads]
        bouts += [
            LoadBout("peers", peer, kind, [("me", CLIENTS), *more]) for kind in peer.databases
        ]
    return bouts


def queue(us: Ours) -> list[Bout]:
    """Asking while others wait to be logged in."""
    return [QueueBout(us, "sqlite")]


def logins(us: Ours) -> list[Bout]:
    """Logging in on every core."""
    login = [("login", ONE)]
    return [
        HashBout(us),
        *(
            LoadBout("logins", one, "sqlite", login, suffix=ALL_CORES, cores="every", warm="login")
            for one in (us, BETTER_AUTH)
        ),
    ]


def workers(us: Ours) -> list[Bout]:
    """Two workers on two cores, beside one on one."""
    works = [(work, ONE) for work in ("me", "me, first sight")]
    two = {"workers": "2"}
    return [
        LoadBout("workers", us, "postgres", works, suffix=ONE_WORKER),
        LoadBout("workers", us, "postgres", works, two, suffix=TWO_WORKERS, cores="pair"),
    ]


def stored(rounds: int, powers: Sequence[int]) -> list[Bout]:
    """The cost of asking and refreshing, by how many sessions the table holds."""
    real = stored_real(BUILT, rounds)
    works = [(work, ONE) for work in ("me, first sight", "refresh")]
    tables: list[tuple[Kind, int]] = [("postgres", power) for power in powers]
    tables += [("sqlite", power) for power in (powers[0], min(powers[-1], SQLITE_POWER))]
    return [
        LoadBout(
            "stored",
            Stored(real, 10**power, rounds),
            kind,
            works,
            STRICT,
            suffix=sessions_stored(power),
            hand=REAL_A_ROUND,
        )
        for kind, power in tables
    ]


def documents() -> list[Bout]:
    """Documents of growing size."""
    us = Documents(BUILT, Crowd(people=PEOPLE, each=1), "documents")
    works = [(name, ONE) for name in DOCUMENTS]
    return [LoadBout("documents", us, "sqlite", works, memory="memory, documents")]


def full(rounds: int) -> list[Bout]:
    """Everything."""
    us = Ours(BUILT, FULL_CROWD)
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
    ]


def is_wanted(bout: Bout, groups: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a bout is among what was asked for; nothing asked for is everything."""
    name = bout.contestant.name.lower()
    return (not groups or bout.group in groups) and (
        not names or any(part.lower() in name for part in names)
    )


def contestants(bouts: Sequence[Bout]) -> list[Contestant]:
    """Everybody who takes part, once."""
    return list(dict.fromkeys(bout.contestant for bout in bouts))


def tools(bouts: Sequence[Bout]) -> set[str]:
    """What must be installed for them."""
    return {tool for one in contestants(bouts) for tool in one.tools}
