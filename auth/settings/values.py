"""The types of settings that are no plain text or number, and how each is read from text."""

import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from limits import RateLimitItem, parse
from pydantic import AwareDatetime, BeforeValidator
from pydantic_settings import NoDecode

# What an id and a secret are made of is written the same in a header, a form and a setting.
_CLIENT = re.compile(r"([A-Za-z0-9._~-]{1,64}):([A-Za-z0-9._~-]+)")


class LinkPurpose(Enum):
    """What a link in a mail is for; what was issued for one is good for no other."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"
    CONFIRM_EMAIL_CHANGE = "confirm_email_change"
    UNDO_EMAIL_CHANGE = "undo_email_change"
    LOGIN = "login"
    FACTOR_RESET = "factor_reset"
    FACTOR_RESET_CANCEL = "factor_reset_cancel"


@dataclasses.dataclass(frozen=True, slots=True)
class OAuthClient:
    """A service that may introspect and revoke tokens."""

    id: str
    secret: str = dataclasses.field(repr=False)


def _seconds(value: object) -> object:
    try:
        return timedelta(seconds=float(value)) if isinstance(value, int | float | str) else value
    except (ValueError, OverflowError):
        raise ValueError("must be a number of seconds") from None


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(
            "must be a date, such as 2027-01-31, or a time, such as 2027-01-31T09:00:00+01:00"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _texts(value: object) -> object:
    return _parts(value) if isinstance(value, str) else value


def _limit(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return None if value == "off" else parse(value)
    except ValueError:
        raise ValueError("must be a limit, such as 5/15minutes, or off") from None


def _clients(value: object) -> object:
    if not isinstance(value, str):
        return value
    # In a file they may as well stand on lines.
    pairs = [_CLIENT.fullmatch(pair) for pair in re.split(r"[,\s]+", value.strip()) if pair]
    if None in pairs:
        raise ValueError("must be id:secret, several with commas, of letters, digits and . _ ~ -")
    return tuple(OAuthClient(pair[1], pair[2]) for pair in pairs if pair)


def _url_of_each(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in _parts(value)]
    return {purpose.strip(): url.strip() for purpose, _, url in pairs}


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A date, which begins in UTC, or a time; without an offset it is UTC, too."""
Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_texts)]
UNIX = "unix"
"""Whoever is connected to a Unix socket, where nobody has an address."""
Peers = Annotated[
    tuple[Literal["unix"] | IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_texts)
]
Limit = Annotated[RateLimitItem | None, NoDecode, BeforeValidator(_limit)]
OAuthClients = Annotated[tuple[OAuthClient, ...], NoDecode, BeforeValidator(_clients)]
UrlOfEach = Annotated[Mapping[LinkPurpose, str], NoDecode, BeforeValidator(_url_of_each)]
