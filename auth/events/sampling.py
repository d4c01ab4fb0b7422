"""What anybody can make happen, any number of times, is stored once a minute and counted.

Else whoever is refused a million times a day would fill the disk by it, and so would whoever
changes their own name as often. The log has a line of each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from authberry.client import Client
from authberry.events.log import Entry, Event

WINDOW = timedelta(minutes=1)
MOST = 1000
"""How many networks are told apart in a minute, by each process; the others count as one."""
NOWHERE = Client()
REPEATABLE = frozenset(
    {
        Event.PROFILE_CHANGED,
        Event.SESSIONS_REVOKED,
        Event.EMAIL_CHANGE_REQUESTED,
        Event.ACCOUNT_EXPORTED,
    }
)
"""What people can do to their own account again and again, in one session."""

Key = tuple[Event, UUID | None, UUID | None, str | None, str | None]


@dataclass(slots=True)
class _Burst:
    """What came after the first one within its minute."""

    last: Entry
    until: datetime
    count: int = 0


class Sampler:
    """Tells the first of its kind in a minute from the rest, and counts those."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._bursts: dict[Key, _Burst] = {}

    def __bool__(self) -> bool:
        """Whether a minute is still running."""
        return bool(self._bursts)

    def sample(self, entry: Entry) -> Entry | None:
        """The event as it is to be stored at once; None of one that is counted."""
        is_own = entry.event in REPEATABLE and entry.user_id is not None
        if entry.user_id is not None and not is_own and entry.event is not Event.TOKEN_REISSUED:
            return entry
        key = _key(entry)
        burst = self._bursts.get(key)
        if burst is None and len(self._bursts) >= MOST:
            if is_own:  # a flood of others' hides nobody's address
                return entry
            entry = entry._replace(client=NOWHERE)
            key = _key(entry)
            burst = self._bursts.get(key)
        if burst is None:
            self._bursts[key] = _Burst(entry, entry.at + WINDOW)
            return entry
        burst.last = entry
        burst.count += 1 if entry.times is None else entry.times
        return None

    def ended(self, now: datetime | None) -> list[Entry]:
        """Take out the minutes that are over, as an event each with its count; None ends all.

        Of a flood that goes on the next minute begins.
        """
        over = [key for key, burst in self._bursts.items() if now is None or burst.until <= now]
        entries = []
        for key in over:
            burst = self._bursts.pop(key)
            if burst.count:
                entries.append(burst.last._replace(times=burst.count))
                if now is not None:
                    self._bursts[key] = _Burst(burst.last, now + WINDOW)
        return entries


def _key(entry: Entry) -> Key:
    return (entry.event, entry.user_id, entry.session_id, entry.client.network, entry.reason)


def truncated(address: str | None) -> str | None:
    """The neighbourhood of an address, which is nobody's alone: a /24 or, in IPv6, a /48."""
    if address is None:
        return None
    ip = ip_address(address)
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))  # noqa: PLR2004 - IPv4
