"""For which domain and pages passkeys are."""

import pytest
from configuring import configure, refusal

from authberry import Settings


def test_passkeys_are_for_the_public_url_unless_they_are_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its host and its origin, without path and port in the one and with them in the other."""
    configure(monkeypatch, PUBLIC_URL="https://Auth.Example.com:8443/path")
    settings = Settings.load()
    assert settings.passkey_rp_id == "auth.example.com"
    assert settings.passkey_origins == ("https://auth.example.com:8443",)
    configure(monkeypatch, WEBAUTHN_RP_ID="example.com", WEBAUTHN_ORIGINS="https://a.example.com")
    settings = Settings.load()
    assert settings.passkey_rp_id == "example.com"
    assert settings.passkey_origins == ("https://a.example.com",)
    configure(monkeypatch, WEBAUTHN_RP_ID="https://example.com")
    assert refusal() == (
        "AUTHBERRY_WEBAUTHN_RP_ID: must be a domain in small letters, such as example.com, and"
        " nothing else"
    )


@pytest.mark.parametrize(
    ("public_url", "rp_id", "origin", "passkey_url"),
    [
        (
            "http://127.0.0.1:8000",
            "localhost",
            "http://localhost:8000",
            "http://localhost:8000",
        ),
        ("http://[::1]", "localhost", "http://localhost", "http://localhost"),
        (
            "https://127.8.8.8:8443/auth",
            "localhost",
            "https://localhost:8443",
            "https://localhost:8443/auth",
        ),
        (
            "https://auth.example.com/auth",
            "auth.example.com",
            "https://auth.example.com",
            "https://auth.example.com/auth",
        ),
    ],
)
def test_passkeys_of_this_machine_are_for_its_name(
    public_url: str, rp_id: str, origin: str, passkey_url: str
) -> None:
    """Browsers take none for an address (WebAuthn level 3, section 5.1.3)."""
    settings = Settings.load(public_url=public_url)
    assert settings.has_passkeys
    assert settings.passkey_rp_id == rp_id
    assert settings.passkey_origins == (origin,)
    assert settings.passkey_hosts == (rp_id,)
    assert settings.passkey_url == passkey_url


def test_another_machines_address_has_no_passkeys() -> None:
    """Unless they are for a name all the same."""
    settings = Settings.load(public_url="http://192.0.2.1:8000")
    assert not settings.has_passkeys
    assert settings.passkey_hosts == ()
    name = {"webauthn_rp_id": "example.com", "webauthn_origins": ("https://a.example.com",)}
    settings = Settings.load(public_url="http://192.0.2.1:8000", **name)
    assert settings.has_passkeys
    assert settings.passkey_hosts == ("a.example.com",)
    assert settings.passkey_url == "http://192.0.2.1:8000"
