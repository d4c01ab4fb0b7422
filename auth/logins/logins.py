"""The room's services, wired."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from authberry.factors import Factors
from authberry.links import Links
from authberry.logins.completion import Completion
from authberry.logins.enrollment import Enrollment
from authberry.logins.factor_policy import FactorPolicy
from authberry.logins.factor_resets import FactorResets
from authberry.logins.first_proofs import FirstProofs
from authberry.logins.gate import Gate
from authberry.logins.login_links import LoginLinks
from authberry.logins.passkey_logins import PasskeyLogins
from authberry.logins.password_logins import PasswordLogins
from authberry.logins.pending_logins import PendingLogins
from authberry.logins.proving import Prover
from authberry.logins.second_factors import SecondFactors
from authberry.logins.step_up import StepUp
from authberry.logins.trusted_devices import TrustedDevices
from authberry.mail import Composer, Mail, MailKind
from authberry.passwords import Passwords
from authberry.resources import Resources
from authberry.sessions import Sessions


@dataclass(frozen=True, eq=False)
class Foundations:
    """What the ways in stand on: the rooms below."""

    resources: Resources
    passwords: Passwords
    sessions: Sessions
    factors: Factors
    links: Links
    mail: Mail


@dataclass(frozen=True, eq=False)
class Logins:
    """The ways in, the gate that all of them lead to, and what it may ask for besides."""

    gate: Gate
    passwords: PasswordLogins
    links: LoginLinks
    passkeys: PasskeyLogins
    completion: Completion
    step_up: StepUp
    enrollment: Enrollment

    @classmethod
    def wire(cls, below: Foundations) -> Self:
        """Build the gate, and the ways to it."""
        resources, mail = below.resources, below.mail
        second_factors = _second_factors(below)
        gate = Gate(resources, below.sessions, mail.notices, second_factors)
        first_proofs = FirstProofs(resources, below.sessions, below.links, mail.notices)
        prover = Prover(below.factors, below.passwords.hasher)
        return cls(
            gate,
            PasswordLogins(resources, below.passwords.hasher, gate),
            LoginLinks(resources, gate, below.links, first_proofs, mail.requests),
            PasskeyLogins(resources, gate, prover),
            Completion(resources, gate, prover),
            StepUp(resources, below.sessions, prover, second_factors.resets),
            Enrollment(resources, second_factors, below.sessions, mail.notices),
        )

    @property
    def second_factors(self) -> SecondFactors:
        """What stands between a first proof and a session."""
        return self.gate.second_factors

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in the mails of this room."""
        return {MailKind.LOGIN_LINK: self.links.compose, **self.second_factors.resets.composers}


def _second_factors(below: Foundations) -> SecondFactors:
    resources, factors = below.resources, below.factors
    return SecondFactors(
        resources,
        factors,
        PendingLogins(resources, factors),
        TrustedDevices(resources, factors),
        FactorPolicy(resources.settings),
        FactorResets(resources, factors, below.links, below.mail),
    )
