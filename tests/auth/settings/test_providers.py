"""Providers in the settings: what is filled in, and what is refused, in words."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from provider_environment import SENTINEL, TENANT, Environment, environment

from authberry import Settings

PRESETS = {
    "google": ("Google", "https://accounts.google.com", ("openid", "email", "profile"), True),
    "gitlab": ("GitLab", "https://gitlab.com", ("openid", "email", "profile"), True),
    "github": ("GitHub", "https://github.com", ("read:user", "user:email"), True),
    "discord": ("Discord", "https://discord.com", ("identify", "email"), True),
}


__all__ = ["environment"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what development mode makes in a folder of the test."""
    monkeypatch.chdir(tmp_path)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A private key as Apple gives it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_without_any_there_are_none(environment: Environment) -> None:
    """Nobody's login is taken unless it is set."""
    assert Settings.load().providers == {}
    environment.name(" , ")
    assert Settings.load().providers == {}


@pytest.mark.parametrize("name", PRESETS)
def test_a_well_known_provider_needs_a_client_and_no_more(
    environment: Environment, name: str
) -> None:
    """What is public of it is filled in."""
    environment.client(name)
    one = environment.only()
    assert (one.label, one.issuer, one.scopes, one.trust_email) == PRESETS[name]
    assert (one.client_id, one.client_secret) == ("us", SENTINEL)
    assert SENTINEL not in repr(Settings.load())


def test_microsoft_needs_a_tenant(environment: Environment) -> None:
    """Which is its issuer; its addresses are not believed."""
    environment.client("microsoft", TENANT=TENANT.upper())
    one = environment.only()
    assert (one.label, one.trust_email) == ("Microsoft", False)
    assert one.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"


def test_apple_needs_a_key_which_may_stand_in_a_file(
    environment: Environment, tmp_path: Path
) -> None:
    """Or in a line."""
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    file = tmp_path / "key.p8"
    file.write_text(key, "utf-8")
    options = {"CLIENT_SECRET": "", "TEAM_ID": "T", "KEY_ID": "K"}
    environment.client("apple", **options, PRIVATE_KEY_FILE=str(file))
    one = environment.only()
    assert one.private_key == key.strip()
    assert (one.issuer, one.trust_email, one.posts_across_sites) == (
        "https://appleid.apple.com",
        True,
        True,
    )


def test_a_key_in_one_line_is_a_key(environment: Environment) -> None:
    """As in an environment that has no lines."""
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    line = key.replace("\n", "\\n")
    environment.client("apple", CLIENT_SECRET="", TEAM_ID="T", KEY_ID="K", PRIVATE_KEY=line)
    assert environment.only().private_key == key


def test_any_other_needs_its_issuer(environment: Environment) -> None:
    """Its addresses are not believed unless that is set; the button has its name."""
    environment.client("acme", ISSUER="https://login.acme.example/")
    one = environment.only()
    assert (one.preset, one.label, one.issuer) == ("oidc", "Acme", "https://login.acme.example/")
    assert (one.trust_email, one.private_addresses, one.audiences) == (False, False, ())
    assert one.scopes == ("openid", "email", "profile")


def test_all_of_it_can_be_set(environment: Environment) -> None:
    """Lists are separated by commas or by spaces."""
    environment.client(
        "acme",
        ISSUER="http://127.0.0.1:3000",
        LABEL="Acme Inc.",
        SCOPES="openid email,groups",
        TRUST_EMAIL="true",
        SECOND_FACTOR_AMR="mfa hwk",
        SECOND_FACTOR_ACR="phr",
        AUDIENCES="app.ios, app.android",
        PRIVATE_ADDRESSES="true",
    )
    one = environment.only()
    assert one.label == "Acme Inc."
    assert one.scopes == ("openid", "email", "groups")
    assert (one.second_factor_amr, one.second_factor_acr) == (("mfa", "hwk"), ("phr",))
    assert one.audiences == ("app.ios", "app.android")
    assert one.trust_email
    assert one.private_addresses


def test_a_preset_goes_by_any_name(environment: Environment) -> None:
    """So that there may be two of a kind."""
    environment.client("staff", PRESET="microsoft", TENANT=TENANT, LABEL="Staff")
    one = environment.only()
    assert (one.label, one.preset) == ("Staff", "microsoft")
    assert TENANT in one.issuer


def test_another_issuer_of_a_kind_is_not_believed_as_the_known_one_is(
    environment: Environment,
) -> None:
    """Whoever runs a GitLab says which addresses of it are verified."""
    environment.client("gitlab", ISSUER="https://gitlab.acme.example")
    assert not environment.only().trust_email
    environment.client("gitlab", TRUST_EMAIL="true")
    assert environment.only().trust_email


def test_several_stand_in_the_order_in_which_they_are_named(environment: Environment) -> None:
    """Which is that of the buttons."""
    environment.name(
        " github, google,",
        GITHUB_CLIENT_ID="a",
        GITHUB_CLIENT_SECRET="b",
        GOOGLE_CLIENT_ID="c",
        GOOGLE_CLIENT_SECRET="d",
    )
    assert list(Settings.load().providers) == ["github", "google"]


def test_a_host_passes_a_mapping(environment: Environment) -> None:
    """Which goes before all that the environment says of providers."""
    environment.client("google")
    given = {"client_id": "theirs", "client_secret": "b"}
    settings = Settings.load(providers={"github": given})
    assert list(settings.providers) == ["github"]
    assert settings.providers["github"].client_id == "theirs"
    assert Settings.load(providers={}).providers == {}


def test_a_secret_may_stand_in_a_file(environment: Environment, tmp_path: Path) -> None:
    """Without the line break behind it, and not in two places."""
    file = tmp_path / "secret"
    file.write_text(f"{SENTINEL}\n", "utf-8")
    environment.client("google", CLIENT_SECRET="", CLIENT_SECRET_FILE=str(file))
    assert environment.only().client_secret == SENTINEL
    environment.client("google")
    assert environment.refusal() == (
        "_GOOGLE_CLIENT_SECRET: AUTHBERRY_PROVIDER_GOOGLE_CLIENT_SECRET_FILE is set as well,"
        " remove one of them"
    )


def test_a_secret_file_that_is_not_there_is_named(environment: Environment, tmp_path: Path) -> None:
    """As any other."""
    file = tmp_path / "secret"
    environment.client("google", CLIENT_SECRET="", CLIENT_SECRET_FILE=str(file))
    assert environment.refusal().startswith(f"_GOOGLE_CLIENT_SECRET_FILE: names {file}, which ")
