"""The URL of a server, taken apart and decoded; the one place that says what such a URL may be.

What is said of one that is wrong never repeats any of it: where a password has a sign in it that is
not percent-encoded, any part of the URL may be the password.
"""

import re
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeAlias
from urllib.parse import unquote

HostAndPort: TypeAlias = tuple[str, int | None]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s@/?#:\[\],]*)(?::(\d+))?")
_URL = re.compile(
    r"(?P<scheme>[a-z0-9+]+)://"
    r"(?:(?P<user>[^@:/?#\s]*)(?::(?P<password>[^@/?#]*))?@)?"
    r"(?P<hosts>[^@/?#\s]*)"
    r"(?P<path>/[^@?#]*)?"
    r"(?:\?(?P<options>[^@#]*))?"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The parts of a URL."""

    scheme: str
    user: str | None
    password: str | None = field(repr=False)
    hosts: tuple[HostAndPort, ...]
    """Empty where no host is named."""
    path: str
    """Without the slash before it."""
    options: Mapping[str, str] = field(repr=False)


class NoServerUrl(ValueError):
    """It is no URL of a server at all; what it must look like depends on what it is for."""


def split_server_url(url: str) -> ServerUrl:
    """Take a URL apart.

    Raises:
        NoServerUrl: it is none, or a sign in it is not percent-encoded.
        ValueError: a port or an option is none; the message is for whoever set it, with no value.
    """
    found = _URL.fullmatch(url)
    if not found:
        raise NoServerUrl
    user, password = found["user"], found["password"]
    return ServerUrl(
        scheme=found["scheme"],
        user=_decoded(user) if user else None,
        password=_decoded(password) if password else None,
        hosts=split_hosts(found["hosts"]),
        path=_decoded((found["path"] or "").removeprefix("/")),
        options=_options(found["options"] or ""),
    )


def split_hosts(text: str) -> tuple[HostAndPort, ...]:
    """Return the hosts of a list with commas, each with its port if it names one.

    Raises:
        NoServerUrl: one of them is none.
        ValueError: a port is none.
    """
    if not text:
        return ()
    found = [_HOST.fullmatch(one) for one in text.split(",")]
    if None in found:
        raise NoServerUrl
    return tuple((_host(one[1]), _port(one[2])) for one in found if one)


def split_port(text: str) -> int:
    """Read a port; raises `ValueError`, for whoever set it."""
    if not text.isascii() or not text.isdigit() or int(text[:6]) not in _PORTS:
        raise ValueError("must name a port between 1 and 65535")
    return int(text)


def refuse_other_options(
    options: Mapping[str, str], known: Collection[str], spellings: Mapping[str, str]
) -> None:
    """Refuse an option that is not known, by its name.

    Args:
        options: What a URL has behind its `?`.
        known: What it may have there.
        spellings: What to do instead, for names that others have.

    Raises:
        ValueError: there is one; the message says what to do.
    """
    for name in options:
        if name in known:
            continue
        if remedy := spellings.get(name.lower()):
            raise ValueError(f"has the option {name}, which is not known here: {remedy}")
        meant = get_close_matches(name, known, n=1)
        remedy = f"perhaps {meant[0]} is meant" if meant else "leave it out"
        raise ValueError(f"has the option {name}, which is not known: {remedy}")


def load_file(options: str, load: Callable[[], None]) -> None:
    """Load the file that an option names.

    Args:
        options: The option, or those that may be at fault.
        load: Loads it.

    Raises:
        ValueError: that cannot be done; the message has no value.
    """
    try:
        load()
    except ssl.SSLError:
        raise ValueError(f"has the option {options}, whose file is not what it should be") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "has no possible name"
        raise ValueError(
            f"has the option {options}, whose file cannot be read ({reason})."
            " Check that it is there, and that this user may read it"
        ) from None


def _decoded(text: str) -> str:
    decoded = unquote(text)
    if "\0" in decoded:
        raise NoServerUrl
    return decoded


def _host(text: str) -> str:
    host = _decoded(text.strip("[]"))
    try:
        if not host.startswith("/"):  # a Unix socket
            host.encode("idna")
    except UnicodeError:
        raise NoServerUrl from None
    return host


def _port(text: str | None) -> int | None:
    return None if text is None else split_port(text)


def _options(text: str) -> dict[str, str]:
    # Not as a form is read: libpq takes a plus for a plus.
    pairs = [part.partition("=") for part in text.split("&") if part]
    if not all(equals and _NAME.fullmatch(name) for name, equals, _ in pairs):
        raise ValueError("must have options as name=value behind its ?, with & between them")
    return {name: _decoded(value) for name, _, value in pairs}
