"""E-mail addresses: which may be taken, how they are stored, and how they are compared.

An address has a spelling and a key. The spelling is stored, shown and mailed to. The key is what
two spellings of one address have in common: no two accounts have one key. They differ where folding
would change where a mail goes: `νίκος@example.org` is compared as `νίκοσ@example.org`.

To look an address up, nobody asks what an address is: see `AddressForms`.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from authberry.errors import InvalidInput

LONGEST_TYPED = 1000  # characters, however decomposed; an address has 254 at most
NOT_PUBLIC = frozenset(
    {
        # Special-use names, in IANA's registry; `arpa` has home.arpa (RFC 8375).
        *("alt", "arpa", "example", "invalid", "local", "localhost", "onion", "test"),
        # Reserved by ICANN for private use (2024), and names it has put off for ever (2018).
        *("internal", "corp", "home", "mail"),
        # Found in private networks (RFC 6762, appendix G).
        *("intranet", "lan", "private"),
    }
)
"""The last labels of domains that nobody can have on the public internet."""
_NUMERIC = re.compile(r"(?:^|\.)[0-9]+\Z")
"""What a domain ends in that is an IP address without its brackets (RFC 5321, section 4.1.3)."""
_PLAIN = re.compile(r"(?!.*xn--)[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+")
"""What is its own key: nearly every address."""
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
"""What IDNA takes for a dot (UTS #46, section 4)."""


def normalize(address: str, *, field: str = "email") -> str:
    """Return the spelling that is stored, of an address that an account is to have.

    Trimmed, in NFKC and lower case, with the domain as IDNA writes it. The part before the @ is
    lowered too: no provider of note tells `Ada@` from `ada@`, and people type both. Where the
    domain lies is not asked: `require_public` does.

    Raises:
        InvalidInput: it is not an address; the message says why, without repeating it.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        address.encode("utf-8")
        valid, more = _validate(f"{_compose(local)}{at}", domain)
    except (EmailNotValidError, UnicodeError):
        raise InvalidInput(field, "This is not an e-mail address.") from None
    return f"{valid.local_part}@{str(valid.domain).removesuffix(more)}"


def require_public(spelling: str, *, field: str = "email") -> None:
    """Refuse an address whose domain nobody can have on the public internet.

    Raises:
        InvalidInput: a host of one label, an IP address, or a name that is reserved for private
            or special use (`NOT_PUBLIC`).
    """
    domain = spelling.rpartition("@")[2]
    last = domain.rpartition(".")[2]
    if "." not in domain or domain.startswith("[") or last in NOT_PUBLIC:
        raise InvalidInput(
            field, "Accounts here need an e-mail address on the public internet; this one is not."
        )


def key_of(spelling: str) -> str:
    """What an address is compared by: NFKC and case folding, the domain as IDNA writes it.

    The part before the @ is folded as Unicode matches without case and compatibility (section
    3.13, D146). The domain is not: `straße.de` and `strasse.de` are two (RFC 5894, section 4.3).
    """
    if _PLAIN.fullmatch(spelling):
        return spelling
    local, at, domain = spelling.strip().rpartition("@")
    folded = unicodedata.normalize("NFD", local).casefold()
    folded = unicodedata.normalize("NFKD", folded).casefold()
    # Of what is no address, folding may leave a space in front.
    return f"{unicodedata.normalize('NFKC', folded)}{at}{_domain(domain)}".strip()


def stored(spelling: str) -> dict[str, str | None]:
    """The columns of an address: its spelling, and its key where that is another."""
    key = key_of(spelling)
    return {"email": spelling, "email_key": None if key == spelling else key}


@dataclass(frozen=True, slots=True)
class AddressForms:
    """What an address that somebody typed may be stored as, whatever its form is."""

    key: str
    """What it is compared by; empty of what can be nobody's address."""
    spellings: tuple[str, ...]
    """The most exact first. An account that another one keeps from its key, or that the release
    before has made, has no key: it is found by its spelling alone."""

    @classmethod
    def of(cls, typed: str) -> Self:
        """Fold what was typed; it is never refused."""
        is_text = len(typed) <= LONGEST_TYPED and "\0" not in typed and not _has_surrogates(typed)
        if not is_text:
            return cls("", ("",))
        local, at, domain = typed.strip().rpartition("@")
        domain, key = _domain(domain), key_of(typed)
        former = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
        spellings = (f"{former}{at}{domain}", f"{_compose(local)}{at}{domain}", key)
        return cls(key, tuple(dict.fromkeys(spellings)))

    @property
    def exact(self) -> str:
        """The most exact spelling."""
        return self.spellings[0]


def on_the_wire(address: str) -> str:
    """The spelling that any server takes, if there is one: a domain in ASCII (RFC 5890).

    What stands before the @ has no other spelling, and needs a server that knows SMTPUTF8.
    """
    local, at, domain = address.rpartition("@")
    if local.isascii() and not domain.isascii():
        valid, more = _validate("a@", domain)
        domain = str(valid.ascii_domain).removesuffix(more)
    return f"{local}{at}{domain}"


def _compose(local: str) -> str:
    """NFKC and lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).lower())


def _domain(domain: str) -> str:
    """The domain as IDNA writes it in Unicode; of what is none, its case folded."""
    try:
        valid, more = _validate("a@", domain)
    except (EmailNotValidError, UnicodeError):
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", domain).casefold())
    return str(valid.domain).removesuffix(more)


def _validate(local_and_at: str, domain: str) -> tuple[ValidatedEmail, str]:
    """Read an address of any domain; raises `EmailNotValidError`.

    The library refuses some special names, whatever it is told; with more behind it none is one.
    What was put behind it is returned too.
    """
    dotted = domain.translate(_DOTS)
    more = ".a" if dotted.rpartition(".")[2].lower() in NOT_PUBLIC else ""
    valid = validate_email(
        f"{local_and_at}{dotted}{more}",
        check_deliverability=False,
        globally_deliverable=False,
        allow_domain_literal=True,
    )
    if _NUMERIC.search(valid.domain):
        raise EmailNotValidError
    return valid, more


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
