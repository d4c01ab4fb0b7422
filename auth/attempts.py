"""What an attempt costs, and whom: strangers together, and each of those who are known alone.

Known at an account are a live session, a device that has logged in to it, a network from which
somebody has, and whoever has just proved its mailbox. See `docs/decisions/0003-attempts.md`.
"""

import math
from dataclasses import dataclass
from uuid import UUID

from limits import RateLimitItem, parse

from authberry.client import Client
from authberry.email_addresses import key_of
from authberry.events import LOGINS
from authberry.models import Database, RefreshToken, Statements, User
from authberry.settings import Settings
from authberry.throttle import Budget, Excess, Throttle
from authberry.tokens import DeviceTokens

GROWTH = (1, 2, 4)
"""How much more a wider network may try: of IPv6 a /64, a /56, a /48."""
SHARE = 2
"""No network, however wide, has more of what strangers may do to an account than 1 in so many."""
MAILBOX_PROVED = parse("1/hour")
"""For how long a network is known after somebody there has proved the mailbox."""
MOST = 500
"""How many of a person's sessions are looked at, and of their logins, newest first."""


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """An attempt at a password, counted."""

    restorable: tuple[Budget, ...]
    """What comes back with the right password."""
    excess: Excess | None = None
    """What strangers have used up together: only who is known at the account may be let in."""


@dataclass(frozen=True, eq=False)
class Attempts:
    """Counts attempts, of strangers and of those who are known."""

    settings: Settings
    throttle: Throttle
    devices: DeviceTokens
    database: Database
    statements: Statements

    async def login(self, address: str, client: Client) -> LoginAttempt:
        """Count an attempt at the password of an account, before it is looked at.

        Args:
            address: What the typed address is compared by, its key.
            client: Who tries.

        Raises:
            TooManyAttempts: of this network at this account, of this network, or of everybody.
        """
        settings = self.settings
        if known := self._device("login", address, client, settings.login_attempts):
            # This one does not come back: else its owner could log in, and have us hash, for ever.
            longer = self._device(
                "login", address, client, settings.login_attempts_per_account, "longer"
            )
            if await self.throttle.excess(*known, *longer) is None:
                return LoginAttempt(known)
        own, *wider = by_network(settings.login_attempts, ("login", "pair", address), client)
        common = (
            *wider,
            *shared(settings.login_attempts_per_account, ("login", "account", address), client),
        )
        await self.throttle.spend(
            client,
            own,
            *by_network(settings.login_attempts_per_address, ("login", "address"), client),
            Budget(settings.login_attempts_in_all, ("login", "all")),
        )
        excess = await self.throttle.excess(*common)
        return LoginAttempt((own, *common) if excess is None else (own,), excess)

    async def proof(self, session: RefreshToken, client: Client) -> LoginAttempt:
        """Count an attempt at the password by somebody logged in; no stranger's counts here.

        Raises:
            TooManyAttempts: in this session, or in all sessions of the account.
        """
        settings, person = self.settings, str(session.user_id)
        own = Budget(settings.login_attempts, ("login", "session", str(session.id)))
        all_own = Budget(settings.login_attempts_per_account, ("login", "person", person))
        # The last does not come back: else whoever knows the password could change it, have us hash
        # and have mails sent for ever.
        proofs = Budget(settings.change_attempts, ("change", "proved", person))
        await self.throttle.spend(client, own, all_own, proofs)
        return LoginAttempt((own,))

    async def change(self, what: str, user_id: UUID, client: Client) -> None:
        """Count a change that somebody makes who is logged in or has a link, and proves no more.

        Raises:
            TooManyAttempts: to this account, in all its sessions.
        """
        budget = Budget(self.settings.change_attempts, ("change", what, str(user_id)))
        await self.throttle.spend(client, budget)

    async def entry(self, user_id: UUID, client: Client) -> None:
        """Count a session that is about to begin, of somebody whose password was right.

        No stranger can use that up; it bounds what whoever knows a password can write.

        Raises:
            TooManyAttempts: to this account, from wherever.
        """
        budget = Budget(self.settings.session_attempts, ("login", "entry", str(user_id)))
        await self.throttle.spend(client, budget)

    async def second_factor(self, user: User, client: Client) -> LoginAttempt:
        """Count an attempt at a second factor, by somebody who has proved a first one.

        Raises:
            TooManyAttempts: at this account, or from this network.
        """
        settings, person = self.settings, str(user.id)
        budgets = (
            *by_network(settings.login_attempts, ("factor", "pair", person), client),
            Budget(settings.login_attempts_per_account, ("factor", "account", person)),
        )
        await self.throttle.spend(client, *budgets)
        return LoginAttempt(budgets)

    async def mail(self, address: str, client: Client) -> None:
        """Count a mail to `address` that `client` asks for.

        The network first: whoever has spent that empties nobody's account.

        Raises:
            TooManyAttempts: by this network, to this address, or in all.
        """
        settings, address = self.settings, key_of(address)
        known = self._device("mail", address, client, settings.mail_attempts_per_account)
        if known and await self.throttle.excess(*known) is None:
            return
        await self.throttle.spend(
            client,
            *by_network(settings.mail_attempts_per_address, ("mail", "address"), client),
            *shared(settings.mail_attempts_per_account, ("mail", "account", address), client),
            Budget(settings.mail_attempts_in_all, ("mail", "all")),
        )

    async def is_known(self, address: str, client: Client) -> bool:
        """Whether the network is known at the account; within `Database.use`.

        One statement, whether or not there is such an account.
        """
        is_marked = await self.throttle.is_spent(_mark(key_of(address), client))
        found = await self.statements.sessions.addresses(address, LOGINS, MOST)
        return is_marked or client.network in {Client(one).network for one in found}

    async def restore(self, attempt: LoginAttempt) -> None:
        """Give back what an attempt has cost, since it was honest."""
        await self.throttle.restore(*attempt.restorable)

    async def mailbox_proved(self, user: User, client: Client) -> None:
        """Let whoever has just proved the mailbox of an account log in to it.

        What was tried before at the account does not count, and for an hour the network is known.
        """
        settings, address = self.settings, key_of(user.email)
        mark = _mark(address, client)
        await self.throttle.restore(
            *by_network(settings.login_attempts, ("login", "pair", address), client),
            *shared(settings.login_attempts_per_account, ("login", "account", address), client),
            mark,
        )
        await self.throttle.take(mark)

    def _device(
        self, what: str, address: str, client: Client, limit: RateLimitItem | None, *more: str
    ) -> tuple[Budget, ...]:
        device = self.devices.device(address, client.device_tokens)
        return () if device is None else (Budget(limit, (what, "device", device, *more)),)


def by_network(
    limit: RateLimitItem | None, subject: tuple[str, ...], client: Client, *, times: int = 1
) -> tuple[Budget, ...]:
    """What a client's network may do: the narrowest first, each wider one may do twice as much."""
    return tuple(
        Budget(_times(limit, growth * times), (*subject, network))
        for growth, network in zip(GROWTH, client.networks, strict=False)
    )


def shared(
    limit: RateLimitItem | None, subject: tuple[str, ...], client: Client
) -> tuple[Budget, ...]:
    """What strangers may do to an account: one network half of it, and all of them together."""
    share = Budget(_times(limit, 1 / SHARE), (*subject, "share", client.networks[-1]))
    return (share, Budget(limit, subject))


def _times(limit: RateLimitItem | None, factor: float) -> RateLimitItem | None:
    if limit is None:
        return None
    return type(limit)(math.ceil(limit.amount * factor), limit.multiples, limit.namespace)


def _mark(address: str, client: Client) -> Budget:
    return Budget(MAILBOX_PROVED, ("mailbox", address, client.network))
