"""Passkeys: keys that never leave an authenticator, and log in alone or as a second factor."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from authberry.errors import InvalidProof, PasskeysImpossible, PasskeyUnknown
from authberry.factors.challenges import Challenge, Challenges
from authberry.factors.providers import provider_of
from authberry.factors.webauthn import (
    Assertion,
    Ceremonies,
    KnownCredential,
    Refused,
    challenge_of,
)
from authberry.links import digest
from authberry.models import Passkey, User
from authberry.resources import Resources
from authberry.signing import HARDWARE_KEY, SEVERAL, SOFTWARE_KEY, USER_VERIFIED, Proof
from authberry.tokens import AAL1, PHR

NEW, LOGIN, SECOND = "registration", "login", "second factor"
"""What a challenge is for; LOGIN is for a step-up as well."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser is asked, and until when it may answer."""

    options: dict[str, Any]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was made, and has still to be saved."""

    row: Passkey
    proof: Proof


@dataclass(frozen=True, slots=True)
class UsedPasskey:
    """An answer that is good, and has still to be used."""

    passkey: Passkey
    assertion: Assertion
    challenge: Challenge
    proof: Proof

    @property
    def is_enough(self) -> bool:
        """Whether it logs in alone: the authenticator has verified who holds it."""
        return self.proof.acr == PHR


@dataclass(frozen=True, slots=True)
class AcceptedCredentials:
    """Which passkeys of a person are good (WebAuthn level 3, section 5.1.10.3); all base64url."""

    rp_id: str
    user_handle: str
    credential_ids: list[str]


@dataclass(eq=False)
class Passkeys:
    """Makes passkeys, and takes what they answer."""

    resources: Resources

    def __post_init__(self) -> None:
        """Hold no challenge: each stands for itself."""
        self.challenges = Challenges(self.resources)
        self._ceremonies = Ceremonies(self.resources.settings)

    async def begin_registration(self, user: User) -> Ceremony:
        """Ask a browser to make a passkey for somebody; within `Database.use`.

        Raises:
            PasskeysImpossible: browsers make none for this service.
        """
        self._require_name()
        held = await Passkey.filter(user_id=user.id)
        challenge = self.challenges.issue(NEW, str(user.id))
        options = self._ceremonies.creation_options(
            challenge.value,
            _handle(held, challenge),
            user.email,
            user.name or user.email,
            [passkey.credential_id for passkey in held],
        )
        return Ceremony(options, challenge.expires_at)

    async def finish_registration(self, user: User, answer: object, name: str | None) -> NewPasskey:
        """Return the passkey that an authenticator has made; within `Database.use`.

        Nothing is written.

        Raises:
            InvalidTicket: the challenge is not one of ours for this person, or too old.
            InvalidProof: the answer is not good.
        """
        try:
            _, value = challenge_of(answer)
            challenge = self.challenges.read(value, NEW, str(user.id))
            made = self._ceremonies.verify_new(answer, challenge.value)
        except Refused:
            raise InvalidProof from None
        row = Passkey(
            id=UUID(bytes=hashlib.sha256(challenge.value).digest()[:16], version=4),
            user=user,
            name=name or provider_of(made.aaguid) or "Passkey",
            credential_id=made.id,
            credential_hash=digest(made.id),
            user_handle=_handle(await Passkey.filter(user_id=user.id), challenge),
            public_key=made.public_key,
            sign_count=made.sign_count,
            aaguid=made.aaguid,
            transports=",".join(made.transports),
            backup_eligible=made.backup_eligible,
            backed_up=made.backed_up,
            user_verified=made.user_verified,
            created_at=self.resources.clock.now(),
        )
        return NewPasskey(row, _proof(row, user_verified=made.user_verified))

    def begin_login(self) -> Ceremony:
        """Ask for any passkey of this domain; says nothing of who has one, and writes nothing.

        Raises:
            PasskeysImpossible: browsers make none for this service.
        """
        self._require_name()
        challenge = self.challenges.issue(LOGIN)
        options = self._ceremonies.request_options(challenge.value, [], needs_verification=True)
        return Ceremony(options, challenge.expires_at)

    async def accepted(self, user: User) -> AcceptedCredentials | None:
        """Which passkeys are theirs, for their browser; None without one; within `Database.use`."""
        held = await Passkey.filter(user_id=user.id).order_by("created_at", "id")
        if not held:
            return None
        ids = [passkey.credential_id for passkey in held]
        return AcceptedCredentials(self.resources.settings.passkey_rp_id, held[0].user_handle, ids)

    async def begin_second(self, user: User, login: UUID) -> Ceremony:
        """Ask for one of somebody's passkeys, for a login that waits; within `Database.use`."""
        held = await Passkey.filter(user_id=user.id).order_by("created_at", "id")
        challenge = self.challenges.issue(SECOND, str(login))
        options = self._ceremonies.request_options(
            challenge.value, [one.credential_id for one in held], needs_verification=False
        )
        return Ceremony(options, challenge.expires_at)

    async def check(
        self, answer: object, *, user: User | None = None, login: UUID | None = None
    ) -> UsedPasskey:
        """Find and verify the passkey that has answered; within `Database.use`.

        Nothing is written.

        Args:
            answer: What `navigator.credentials.get` answered.
            user: Whose passkey it has to be; None if anybody's will do.
            login: The login that waits for it, if one does.

        Raises:
            InvalidTicket: the challenge is not one of ours for that, or too old.
            PasskeyUnknown: there is no such passkey.
            InvalidProof: the answer is not good.
        """
        try:
            credential_id, value = challenge_of(answer)
            purpose = (SECOND, str(login)) if login else (LOGIN,)
            challenge = self.challenges.read(value, *purpose)
            passkey = await Passkey.get_or_none(
                credential_hash=digest(credential_id)
            ).select_related("user")
            if passkey is None:
                raise PasskeyUnknown(self.resources.settings.passkey_rp_id, credential_id)
            if user is not None and passkey.user_id != user.id:
                raise InvalidProof
            assertion = self._ceremonies.verify(
                answer, challenge.value, _known(passkey), has_to_say_whose=user is None
            )
        except Refused:
            raise InvalidProof from None
        return UsedPasskey(
            passkey, assertion, challenge, _proof(passkey, user_verified=assertion.user_verified)
        )

    async def use(self, used: UsedPasskey) -> None:
        """Use an answer up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidTicket: its challenge was answered before.
            InvalidProof: the passkey is gone.
        """
        await self.challenges.spend(used.challenge)
        changed = await Passkey.filter(id=used.passkey.id).update(
            sign_count=used.assertion.sign_count,
            backed_up=used.assertion.backed_up,
            user_verified=used.passkey.user_verified or used.assertion.user_verified,
            last_used_at=self.resources.clock.now(),
        )
        if not changed:
            raise InvalidProof

    def _require_name(self) -> None:
        if not self.resources.settings.has_passkeys:
            raise PasskeysImpossible


def _handle(held: list[Passkey], challenge: Challenge) -> str:
    """Return what authenticators know a person by: one handle for all passkeys of theirs.

    The first is made of a challenge that is as random; it tells nothing of who it is (section
    14.6.1).
    """
    if held:
        return held[0].user_handle
    return _text(hashlib.sha512(b"user handle" + challenge.value).digest())


def _known(passkey: Passkey) -> KnownCredential:
    return KnownCredential(
        passkey.credential_id,
        passkey.user_handle,
        passkey.public_key,
        passkey.sign_count,
        passkey.backup_eligible,
    )


def _proof(passkey: Passkey, *, user_verified: bool) -> Proof:
    """Return what an answer proves.

    Where the user was not verified, or never had been when the key was made, it is a thing that
    somebody has, and no more (WebAuthn level 3, section 4, `uvInitialized`).
    """
    kind = SOFTWARE_KEY if passkey.backup_eligible else HARDWARE_KEY
    if user_verified and passkey.user_verified:
        return Proof((kind, USER_VERIFIED, SEVERAL), PHR)
    return Proof((kind,), AAL1)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
