"""The URL of the store in which servers count attempts together."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authberry.models.server_url import (
    NoServerUrl,
    ServerUrl,
    load_file,
    refuse_other_options,
    split_server_url,
)

IN_MEMORY = "memory://"
DEFAULT_PORT = 6379

_PLAIN, _TLS = {"valkey", "redis"}, {"valkeys", "rediss"}
_SOCKET = {"unix", "valkey+unix", "redis+unix"}
_MUST_BE = (
    "must be memory:// or valkey://user:password@host:port/number, valkeys:// for TLS,"
    " unix:///path for a socket, the password percent-encoded"
)
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SECONDS = ("socket_connect_timeout", "socket_timeout")
_USER = "write it before the host, as user:password@"
_TRUST = "leave it out, and name the authority in ssl_ca_certs or SSL_CERT_FILE"
_SPELLINGS: Mapping[str, str] = {
    "password": _USER,
    "ssl": "begin with valkeys://",
    "ssl_cert_reqs": _TRUST,
    "ssl_check_hostname": _TRUST,
    "timeout": "write socket_timeout",
    "username": _USER,
}


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """Where the store is, and how to connect to it."""

    host: str
    """Empty where it is a socket."""
    port: int
    socket: str
    """The path of a Unix socket; empty where it is a host."""
    is_tls: bool
    user: str | None
    password: str | None = field(repr=False)
    number: int
    """Of the database in it."""
    options: Mapping[str, Any]


def read_throttle_url(url: str) -> StoreUrl | None:
    """Read `valkey://user:password@host:port/number`; None for `memory://`.

    Raises:
        ValueError: it will not do; the message is for whoever set it, and has no value.
    """
    if url == IN_MEMORY:
        return None
    try:
        parts = split_server_url(url)
    except NoServerUrl:
        raise ValueError(_MUST_BE) from None
    if parts.scheme in _SOCKET:
        if parts.hosts or not parts.path:
            raise ValueError("must name a socket by its whole path, as unix:///run/valkey.sock")
        return _store(parts, socket=f"/{parts.path}", number=parts.options.get("db", ""))
    if parts.scheme not in _PLAIN | _TLS or len(parts.hosts) > 1:
        raise ValueError(_MUST_BE)
    return _store(parts, number=parts.path or parts.options.get("db", ""))


def _store(parts: ServerUrl, *, number: str, socket: str = "") -> StoreUrl:
    is_tls = parts.scheme in _TLS
    known = (*_SECONDS, "db", *(_FILES if is_tls else ()))
    refuse_other_options(parts.options, known, _SPELLINGS)
    if not re.fullmatch(r"\d{0,5}", number, re.ASCII):
        raise ValueError("must name the database in the store by its number, such as /0")
    ((host, port),) = parts.hosts or (("", None),)
    return StoreUrl(
        host="" if socket else host or "localhost",
        port=port or DEFAULT_PORT,
        socket=socket,
        is_tls=is_tls,
        user=parts.user,
        password=parts.password,
        number=int(number or 0),
        options={**_timeouts(parts.options), **_files(parts.options)},
    )


def _timeouts(options: Mapping[str, str]) -> dict[str, float]:
    chosen = {name: options[name] for name in _SECONDS if name in options}
    for name, text in chosen.items():
        if not re.fullmatch(r"\d{1,5}(\.\d{1,3})?", text, re.ASCII):
            raise ValueError(f"has the option {name}, which must be seconds")
    return {name: float(text) for name, text in chosen.items()}


def _files(options: Mapping[str, str]) -> dict[str, str]:
    """Try the files that are named."""
    chosen = {name: options[name] for name in _FILES if options.get(name)}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority, certificate, key = (chosen.get(name) for name in _FILES)
    if bool(certificate) != bool(key):
        raise ValueError("has one of ssl_certfile and ssl_keyfile, which go together")
    if authority:
        load_file("ssl_ca_certs", lambda: context.load_verify_locations(cafile=authority))
    if certificate:
        load_file(
            "ssl_certfile or ssl_keyfile",
            lambda: context.load_cert_chain(certificate, key, lambda: ""),
        )
    return chosen
