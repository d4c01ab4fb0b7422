"""Documents of growing size, up to near the server's limits."""

from bench.loads import Load, graphql, steady
from bench.ours import LOADS, Ours

PERSON = "id email name emailVerified roles createdAt"
ROOTS = (1, 2, 5, 10, 20)
"""The server takes twenty root fields, and thirty aliases."""
REMEMBERED = 2048
"""Longer documents are parsed and validated each time."""


def _load(roots: int, *, padding: str = "") -> Load:
    asked = " ".join(f"m{n}: me {{ {PERSON} }}" for n in range(roots))
    last = f'"m{roots - 1}":{{"id":"'
    return steady(graphql(f"{{ {asked} }}{padding}", expect=(last,), own=('"email":"<<email>>"',)))


def name(roots: int) -> str:
    """What a document of so many root fields is called."""
    return f"document, {roots * len(PERSON.split())} fields"


UNREMEMBERED = f"{name(ROOTS[-1])}, too long to be remembered"
DOCUMENTS = {
    **{name(roots): _load(roots) for roots in ROOTS},
    UNREMEMBERED: _load(ROOTS[-1], padding=" #" + "." * REMEMBERED),
}
ASKED = {"me": LOADS["me"], **DOCUMENTS}


class Documents(Ours):
    """Our server, asked more and more."""

    loads = ASKED
