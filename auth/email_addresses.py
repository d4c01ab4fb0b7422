"""E-mail addresses, in the one spelling that is stored and looked up."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from authberry.errors import InvalidInput


def normalize(address: str, *, field: str = "email") -> str:
    """Return the address trimmed, in NFC and lower case, with the domain as IDNA writes it.

    The part before the @ is lowered too: no provider of note tells `Ada@` from `ada@`, and people
    type both.

    Raises:
        InvalidInput: it is not an address; the message says why, without repeating it.
    """
    try:
        address.encode("utf-8")
        valid = validate_email(address.strip(), check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        raise InvalidInput(field, "This is not an e-mail address.") from None
    return unicodedata.normalize("NFC", valid.normalized).lower()


def on_the_wire(address: str) -> str:
    """The spelling that any server takes, if there is one: a domain in ASCII (RFC 5890).

    What stands before the @ has no other spelling, and needs a server that knows SMTPUTF8.
    """
    local, at, domain = address.rpartition("@")
    if local.isascii() and not domain.isascii():
        domain = validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    return f"{local}{at}{domain}"
