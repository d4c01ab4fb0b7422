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


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved at one time: the words for it, and the level that it reaches alone."""

    amr: tuple[str, ...]
    acr: str = AAL1

    def with_second(self, second: "Proof") -> "Proof":
        """Return what the two are together: several factors, which reach `aal2` at least."""
        words = dict.fromkeys((*self.amr, *second.amr, SEVERAL))
        return Proof(_in_order(words), higher(higher(self.acr, second.acr), AAL2))


PASSWORD_PROOF, LINK_PROOF = Proof((PASSWORD,)), Proof((LINK,))


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

    def raised(
        self, proof: Proof, now: datetime, lasts: timedelta, *, is_second: bool
    ) -> "Authentication":
        """Return it with a proof of now; one that raises nothing leaves what is there.

        Args:
            proof: What was just proved.
            now: When.
            lasts: For how long it counts beside the login.
            is_second: Whether it is of a second factor, which one alone never was. A mailed link
                and the code of an app have the same word, and are two factors.
        """
        so_far = self.at(now, lasts)
        is_first_of_its_kind = is_second and not reaches(so_far.acr, AAL2)
        is_other_factor = is_first_of_its_kind or not set(proof.amr) <= set(so_far.amr)
        together = so_far.with_second(proof) if is_other_factor else proof
        if reaches(self.login.acr, together.acr):
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
