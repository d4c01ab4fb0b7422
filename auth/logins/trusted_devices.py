"""Trusted devices: browsers on which a login asks their owner for no second factor, for 30 days.

It skips the factor at the login and nothing else: what was proved there is one factor, so that a
field which wants more asks for it. It is over once the password or the factors have changed.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from authberry.client import Client, readable
from authberry.errors import TrustedDeviceNotFound
from authberry.factors import Factors
from authberry.links import digest
from authberry.models import TrustedDevice, User
from authberry.resources import Resources

TOKEN_BYTES = 32
MOST = 4
"""How many people one browser is trusted for, and tokens of it are looked at."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, eq=False)
class TrustedDevices:
    """Trusts browsers, and recognises them. Its callers have chosen the database."""

    resources: Resources
    factors: Factors

    async def trust(self, user: User, client: Client) -> str:
        """Trust the browser of somebody who has just proved a factor; returns what it is to hold.

        Inside the transaction of the login. What it holds for others stays.
        """
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.resources.clock.now()
        others = [one.token_hash for one in await self._held(user, client)]
        await TrustedDevice.filter(token_hash__in=others).delete()
        await TrustedDevice.create(
            id=uuid4(),
            user=user,
            token_hash=digest(token),
            rests_on=await self.factors.basis(user),
            user_agent=readable(client.user_agent),
            ip_address=client.address,
            created_at=now,
            last_used_at=now,
            expires_at=now + self.resources.settings.trusted_device_ttl,
        )
        kept = [one for one in _tokens(client) if digest(one) not in others]
        return ".".join([token, *kept][:MOST])

    async def is_trusted(self, user: User, client: Client) -> bool:
        """Whether somebody logs in in a browser that they trust; written to its row."""
        held, now = await self._held(user, client), self.resources.clock.now()
        basis = await self.factors.basis(user) if held else ""
        for device in held:
            if device.expires_at > now and hmac.compare_digest(device.rests_on, basis):
                used = TrustedDevice.filter(id=device.id)
                return bool(await used.update(last_used_at=now, ip_address=client.address))
        return False

    async def of(self, user: User) -> list[TrustedDevice]:
        """List those that are good, the one used last first."""
        rests_on = await self.factors.basis(user)
        now = self.resources.clock.now()
        good = TrustedDevice.filter(user_id=user.id, rests_on=rests_on, expires_at__gt=now)
        return await good.order_by("-last_used_at", "id")

    async def revoke(self, user: User, device_id: str) -> None:
        """Trust a browser no longer.

        Raises:
            TrustedDeviceNotFound: the person has none of this id.
        """
        for device in await TrustedDevice.filter(user_id=user.id):
            if str(device.id) == device_id:
                await device.delete()
                return
        raise TrustedDeviceNotFound

    async def _held(self, user: User, client: Client) -> Sequence[TrustedDevice]:
        hashes = [digest(token) for token in _tokens(client)]
        if not hashes:
            return []
        return await TrustedDevice.filter(token_hash__in=hashes, user_id=user.id)


def _tokens(client: Client) -> list[str]:
    held = ".".join(client.trusted_tokens).split(".")[:MOST]
    return [token for token in held if _TOKEN.fullmatch(token)]
