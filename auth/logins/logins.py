"""The room's services, wired."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from authberry.links import Links
from authberry.logins.gate import Gate
from authberry.logins.login_links import LoginLinks
from authberry.logins.password_logins import PasswordLogins
from authberry.mail import Composer, Mail, MailKind
from authberry.passwords import Passwords
from authberry.resources import Resources
from authberry.sessions import Sessions


@dataclass(frozen=True, eq=False)
class Logins:
    """The ways in, and the gate that all of them lead to."""

    gate: Gate
    passwords: PasswordLogins
    links: LoginLinks

    @classmethod
    def wire(
        cls,
        resources: Resources,
        passwords: Passwords,
        sessions: Sessions,
        links: Links,
        mail: Mail,
    ) -> Self:
        """Build the gate, and the ways to it."""
        gate = Gate(resources, sessions, mail.notices)
        return cls(
            gate,
            PasswordLogins(resources, passwords.hasher, gate),
            LoginLinks(resources, gate, links, mail.requests),
        )

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in the mails of this room."""
        return {MailKind.LOGIN_LINK: self.links.compose}
