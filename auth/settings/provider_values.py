"""The values in the settings of a provider: what each may look like."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator

from authberry.settings.origins import origin_of
from authberry.tokens import Key, UnusableKey

DISCOVERY = "/.well-known/openid-configuration"
_NAME = re.compile(r"[a-z][a-z0-9]{0,29}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]+")
_SEVERAL_TENANTS = {"common", "organizations", "consumers"}


def is_here(host: str) -> bool:
    """Whether a host is this machine by its own words."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private(host: str) -> bool:
    """Whether a host is this machine, or an address that is not on the public internet."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            "must be names of small letters and digits, such as google, several with commas"
        )
    return name


def _issuer(url: str) -> str:
    if not url:
        return url
    if url.rstrip("/").endswith(DISCOVERY):
        raise ValueError(f"is the issuer alone: leave out {DISCOVERY}")
    parts = urlsplit(url)
    is_plain = parts.scheme == "http" and is_here(parts.hostname or "")
    if origin_of(url) is None or re.search(r"[^!-~]|[?#@]", url):
        raise ValueError("must be a URL, such as https://login.example.com, as the provider has it")
    if parts.scheme != "https" and not is_plain:
        raise ValueError("must be https, except on this machine")
    return url


def _tenant(tenant: str) -> str:
    if not tenant:
        return tenant
    if tenant in _SEVERAL_TENANTS:
        raise ValueError(
            f"is {tenant}, which is many tenants with an issuer each. Write the id of the one whose"
            " people may log in (for personal accounts 9188040d-6c67-4c5b-b112-36a304b66dad)"
        )
    try:
        return str(UUID(tenant))
    except ValueError:
        raise ValueError(
            "must be the id of a tenant, such as 9188040d-6c67-4c5b-b112-36a304b66dad"
        ) from None


def _words(value: object) -> object:
    """Take words that are separated by spaces, as OAuth has them, or by commas, as we do."""
    return tuple(re.split(r"[,\s]+", value.strip(", \t\n"))) if isinstance(value, str) else value


def _visible(value: str) -> str:
    if value and not _VISIBLE.fullmatch(value):
        raise ValueError("must be of letters, digits and signs, without spaces")
    return value


def _private_key(pem: str) -> str:
    if not pem:
        return pem
    pem = pem.replace("\\n", "\n")  # as it stands in an environment that has no lines
    try:
        key = Key.from_pem(pem)
    except (UnusableKey, UnicodeEncodeError) as error:
        problem = str(error) if isinstance(error, UnusableKey) else "is malformed"
        raise ValueError(f"{problem}. Write the text of the .p8 file that Apple gave") from None
    if key.algorithm != "ES256":
        raise ValueError("must be EC P-256: the text of the .p8 file that Apple gave")
    return pem


ProviderName = Annotated[str, AfterValidator(_name)]
Issuer = Annotated[str, AfterValidator(_issuer)]
Tenant = Annotated[str, AfterValidator(_tenant)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Visible = Annotated[str, AfterValidator(_visible)]
PrivateKey = Annotated[str, AfterValidator(_private_key)]
