"""Whether a password has leaked somewhere, asked of a range service such as Have I Been Pwned.

The service learns five hexadecimal digits of the password's SHA-1, which a thousand leaked ones
have too, and answers with the rest of each of those. It is asked to pad what it says, so that the
length of an answer tells nothing either. Where it cannot be asked, the password passes: an outage
of somebody else keeps nobody from changing theirs.
"""

import asyncio
import hashlib
import logging
import re
from functools import cached_property
from ssl import SSLContext

import httpx2

from authberry.errors import WeakPassword
from authberry.passwords import PreparedPassword

logger = logging.getLogger("authberry.breaches")

TIMEOUT = 2.0  # seconds, for the whole answer
MAX_BYTES = 1024 * 1024
PREFIX_DIGITS = 5
REASON = "It has leaked from another service, so that others will try it."

_LINE = re.compile(r"([0-9A-F]{35}):([0-9]{1,15})", re.IGNORECASE | re.ASCII)
_HEADERS = {"Add-Padding": "true", "Accept-Encoding": "identity", "User-Agent": "authberry"}


def _names_no_range(record: logging.LogRecord) -> bool:
    return "/range/" not in record.getMessage()


# It logs each address that it asks, and beside it in the log stands whose password that was.
logging.getLogger("httpx2").addFilter(_names_no_range)


class Unusable(Exception):
    """The answer is none."""


class Breaches:
    """Asks one service."""

    def __init__(self, url: str) -> None:
        """Ask nothing yet."""
        self._url = url

    async def refuse(self, password: PreparedPassword) -> None:
        """Refuse a password that has leaked; raises `WeakPassword`."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        prefix, suffix = digest[:PREFIX_DIGITS], digest[PREFIX_DIGITS:]
        try:
            async with asyncio.timeout(TIMEOUT):
                suffixes = _leaked(await self._read(prefix))
        except TimeoutError:
            logger.warning("leaked passwords not looked up", extra={"cause": "no answer in time"})
        except Unusable as error:
            logger.warning("leaked passwords not looked up", extra={"cause": str(error)})
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            # Its name alone: what it says may be the address, with the digits.
            cause = type(error).__name__
            logger.warning("leaked passwords not looked up", extra={"cause": cause})
        else:
            if suffix in suffixes:
                raise WeakPassword([REASON])

    async def _read(self, prefix: str) -> str:
        """Ask, and follow no redirection."""
        async with (
            httpx2.AsyncClient(verify=self._tls, follow_redirects=False, timeout=TIMEOUT) as client,
            client.stream("GET", f"{self._url}/range/{prefix}", headers=_HEADERS) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise Unusable(f"status {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unusable(f"an answer of more than {MAX_BYTES} bytes")
        return body.decode("ascii", "replace")

    @cached_property
    def _tls(self) -> SSLContext:
        """Read once: it takes as long as several answers."""
        return httpx2.create_ssl_context()


def _leaked(answer: str) -> set[str]:
    """The suffixes that have leaked; those that never did are padding."""
    lines = [_LINE.fullmatch(line.strip()) for line in answer.splitlines() if line.strip()]
    if not lines or None in lines:
        raise Unusable("an answer that is no list of suffixes")
    return {line[1].upper() for line in lines if line and int(line[2]) > 0}
