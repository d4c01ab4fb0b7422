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

from authberry.errors import WeakPassword
from authberry.fetching import Fetcher, UnusableAnswer
from authberry.models.event_logger import event_logger
from authberry.passwords.hashing import PreparedPassword

logger = event_logger("authberry.breaches")

TIMEOUT = 2.0  # seconds, for the whole answer
MAX_BYTES = 1024 * 1024
PREFIX_DIGITS = 5
REASON = "It has leaked from another service, so that others will try it."

_LINE = re.compile(r"([0-9A-F]{35}):([0-9]{1,15})", re.IGNORECASE | re.ASCII)
_HEADERS = {"Add-Padding": "true", "User-Agent": "authberry"}


def _names_no_range(record: logging.LogRecord) -> bool:
    return "/range/" not in record.getMessage()


# It logs each address that it asks, and beside it in the log stands whose password that was.
logging.getLogger("httpx2").addFilter(_names_no_range)


class Breaches:
    """Asks one service."""

    def __init__(self, url: str) -> None:
        """Ask nothing yet."""
        self._url = url
        self._fetcher = Fetcher(timeout=TIMEOUT, max_bytes=MAX_BYTES)

    async def refuse(self, password: PreparedPassword) -> None:
        """Refuse a password that has leaked; raises `WeakPassword`."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        suffix = digest[PREFIX_DIGITS:]
        page = f"{self._url}/range/{digest[:PREFIX_DIGITS]}"
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._fetcher.ask(page, _HEADERS)
            suffixes = _leaked(answer.decode("ascii", "replace"))
        except TimeoutError:
            _let_through("no answer in time")
        except UnusableAnswer as error:
            _let_through(f"the answer {error}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not the person's fault
            # Its name alone: what it says may be the address, with the digits.
            _let_through(type(error).__name__)
        else:
            if suffix in suffixes:
                raise WeakPassword([REASON])


def _let_through(cause: str) -> None:
    logger.warning("leaked passwords not looked up", extra={"cause": cause})


def _leaked(answer: str) -> set[str]:
    """The suffixes that have leaked; those that never did are padding."""
    lines = [_LINE.fullmatch(line.strip()) for line in answer.splitlines() if line.strip()]
    if not lines or None in lines:
        raise UnusableAnswer("is no list of suffixes")
    return {line[1].upper() for line in lines if line and int(line[2]) > 0}
