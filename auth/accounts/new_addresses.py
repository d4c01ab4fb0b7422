"""Which addresses an account may be given: when it is made, and when its address is changed."""

from authberry import email_addresses
from authberry.settings import Settings


def new_address(settings: Settings, typed: str, *, field: str = "email") -> str:
    """Return the spelling of an address that an account may be given.

    Raises:
        InvalidInput: it is no address, or not one that `AUTHBERRY_EMAIL_DOMAINS` takes.
    """
    address = email_addresses.normalize(typed, field=field)
    if not settings.takes_any_domain:
        email_addresses.require_public(address, field=field)
    return address
