"""TLS to PostgreSQL, as libpq's options ask for it, and whether their files can be used.

PostgreSQL 18, section 34.19: `require` encrypts, `verify-ca` also checks who has signed the
server's certificate, and `verify-full` also that it is for this host.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from authberry.models.server_url import load_file

TLS_OPTIONS = (
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
)
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_NEGOTIATIONS = ("postgres", "direct")
_VERSIONS = ("TLSv1.2", "TLSv1.3")
_SYSTEM = "system"
"""For `sslrootcert`: the authorities that this machine trusts, or those in `SSL_CERT_FILE`."""
_ALPN = "postgresql"  # which PostgreSQL 17 expects where TLS comes first


@dataclass(frozen=True, slots=True)
class Tls:
    """What the options of a URL say of TLS."""

    options: Mapping[str, str] = field(repr=False)
    context: ssl.SSLContext | None
    """With the authorities of this machine, where they are asked for: asyncpg knows only files."""

    def arguments(self) -> dict[str, Any]:
        """What `asyncpg.connect` takes; it reads libpq's options out of a URL."""
        if self.context is None:
            return {"dsn": f"postgresql://?{urlencode(self.options)}"} if self.options else {}
        return {
            "ssl": self.context,
            "direct_tls": self.options.get("sslnegotiation") == "direct",
        }


def read_tls(options: Mapping[str, str]) -> Tls:
    """Read the options, and try their files.

    Raises:
        ValueError: one of them cannot be used; the message names it, and has no value.
    """
    chosen = {name: options[name] for name in TLS_OPTIONS if options.get(name)}
    _check_words(chosen)
    is_system = chosen.get("sslrootcert") == _SYSTEM
    if is_system and chosen.setdefault("sslmode", "verify-full") != "verify-full":
        raise ValueError("has sslrootcert=system, which goes with sslmode=verify-full only")
    context = ssl.create_default_context() if is_system else _no_authorities()
    _check_files(chosen, context)
    if not is_system:
        return Tls(chosen, None)
    context.set_alpn_protocols([_ALPN])
    return Tls(chosen, context)


def _check_words(chosen: Mapping[str, str]) -> None:
    for name, values in (
        ("sslmode", MODES),
        ("sslnegotiation", _NEGOTIATIONS),
        ("ssl_min_protocol_version", _VERSIONS),
        ("ssl_max_protocol_version", _VERSIONS),
    ):
        if chosen.get(name, values[0]) not in values:
            raise ValueError(f"has the option {name}, which must be one of {', '.join(values)}")
    verifies = chosen.get("sslmode", "").startswith("verify")
    if verifies and not (chosen.get("sslrootcert") or _is_known_elsewhere()):
        raise ValueError(
            "has an sslmode that verifies, and no sslrootcert: name the file with the certificate"
            " of the authority, or write sslrootcert=system for those that this machine trusts"
        )
    is_direct = chosen.get("sslnegotiation") == "direct"
    if is_direct and chosen.get("sslmode", "") not in MODES[MODES.index("require") :]:
        raise ValueError("has sslnegotiation=direct, which needs sslmode=require or more")


def _is_known_elsewhere() -> bool:
    """Whether libpq's own places name an authority."""
    try:
        return (
            bool(os.environ.get("PGSSLROOTCERT"))
            or (Path.home() / ".postgresql/root.crt").is_file()
        )
    except (OSError, RuntimeError):
        return False


def _no_authorities() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check_files(chosen: Mapping[str, str], context: ssl.SSLContext) -> None:
    root, revoked = chosen.get("sslrootcert"), chosen.get("sslcrl")
    if root and root != _SYSTEM:
        load_file("sslrootcert", lambda: context.load_verify_locations(cafile=root))
    if revoked:
        load_file("sslcrl", lambda: context.load_verify_locations(cafile=revoked))
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    certificate, key = chosen.get("sslcert"), chosen.get("sslkey")
    if key and not certificate:
        raise ValueError("has sslkey, and no sslcert that it belongs to")
    if certificate:
        password = chosen.get("sslpassword", "")
        load_file(
            "sslcert, sslkey or sslpassword",
            lambda: context.load_cert_chain(certificate, key, lambda: password),
        )
