"""What somebody has proved, as a session keeps it and as an access token says it.

`amr` has words of RFC 8176 for what was really proved, `acr` a level of assurance. What is proved
later than the login, and raises the level, holds for a while only: then the level is again what the
login had.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self

from authberry.models import RefreshToken
from authberry.tokens import AAL1, AAL2, higher, reaches

PASSWORD, ONE_TIME = "pwd", "otp"
HARDWARE_KEY, SOFTWARE_KEY, USER_VERIFIED = "hwk", "swk", "user"
SEVERAL = "mfa"
LINK = ONE_TIME
"""RFC 8176 has no word for a mailed link: it is a secret that is good once."""
FEDERATED = "fed"
"""What another provider says. RFC 8176 has no word for that; Microsoft Entra writes this one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved at one time: the words for it, and the level that it reaches alone."""

    amr: tuple[str, ...]
    acr: str = AAL1
    proved_at: datetime | None = None
    """When, if that was not just now."""

    def with_second(self, second: "Proof") -> "Proof":
        """Return what the two are together: several factors, which reach `aal2` at least."""
        words = dict.fromkeys((*self.amr, *second.amr, SEVERAL))
        return Proof(_in_order(words), higher(higher(self.acr, second.acr), AAL2))


PASSWORD_PROOF, LINK_PROOF = Proof((PASSWORD,)), Proof((LINK,))
FEDERATED_PROOF, FEDERATED_TWICE = Proof((FEDERATED,)), Proof((FEDERATED, SEVERAL), AAL2)
"""A login at another provider, and one for which it has asked for a second factor."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """Everything that a session was proved with: at its login, and since."""

    login: Proof
    added: Proof | None = None
    added_at: datetime | None = None

    @classmethod
    def of(cls, session: RefreshToken) -> Self:
        """Read what a session keeps; one that an older release began has only its `amr`."""
        if session.proofs is None:
            return cls(_alone(session.amr or PASSWORD))
        kept = json.loads(session.proofs)
        added = kept.get("added")
        return cls(
            Proof(tuple(kept["amr"]), kept["acr"]),
            Proof(tuple(added["amr"]), added["acr"]) if added else None,
            datetime.fromtimestamp(added["at"], UTC) if added else None,
        )

    @property
    def kept(self) -> str | None:
        """What the session keeps: nothing where its `amr` says it all."""
        if self.added is None and self.login.acr == AAL1 and len(self.login.amr) == 1:
            return None
        kept: dict[str, object] = {"amr": self.login.amr, "acr": self.login.acr}
        if self.added and self.added_at:
            at = int(self.added_at.timestamp())
            kept["added"] = {"amr": self.added.amr, "acr": self.added.acr, "at": at}
        return json.dumps(kept, separators=(",", ":"))

    def at(self, now: datetime, lasts: timedelta) -> Proof:
        """Return what it says now, while what was added lasts so long."""
        if self.added is None or self.added_at is None or now - self.added_at >= lasts:
            return self.login
        words = dict.fromkeys((*self.login.amr, *self.added.amr))
        return Proof(_in_order(words), higher(self.login.acr, self.added.acr))

    def raised(self, second: Proof, now: datetime, lasts: timedelta) -> "Authentication":
        """Return it with a second factor of now; one that raises nothing leaves what is there.

        What was added before is not added to: else a passkey of long ago would last for as long as
        codes follow it. And whether a factor is a second one is not told by its word: a mailed link
        and a code of an app are both `otp`.
        """
        together, so_far = self.login.with_second(second), self.at(now, lasts).acr
        is_lower = so_far != together.acr and reaches(so_far, together.acr)
        if is_lower or reaches(self.login.acr, together.acr):
            return self
        return replace(self, added=together, added_at=now)


def proof_at(session: RefreshToken, now: datetime, lasts: timedelta) -> Proof:
    """Return what `Authentication.at` says of a session; at once where one proof is all of it."""
    if session.proofs is None:
        return _alone(session.amr or PASSWORD)
    return Authentication.of(session).at(now, lasts)


@cache
def _alone(word: str) -> Proof:
    return Proof((word,))


def _in_order(words: Iterable[str]) -> tuple[str, ...]:
    """Put `mfa`, which is about the others, at the end."""
    return tuple(sorted(words, key=lambda word: word == SEVERAL))
