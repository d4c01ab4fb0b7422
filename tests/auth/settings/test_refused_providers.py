"""Providers in the settings that are refused, in words that say what to write."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from provider_environment import SENTINEL, TENANT, Environment, environment

from authberry.doctor.environment import read_settings

__all__ = ["environment"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what development mode makes in a folder of the test."""
    monkeypatch.chdir(tmp_path)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A private key as Apple gives it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


WRITE = "Write what {} shows where you have registered this service there"


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("google", {"CLIENT_ID": ""}, f"CLIENT_ID: is required. {WRITE.format('Google')}"),
        ("google", {"CLIENT_SECRET": ""}, f"CLIENT_SECRET: is required. {WRITE.format('Google')}"),
        ("acme", {}, f"ISSUER: is required. {WRITE.format('Acme')}"),
        ("microsoft", {}, f"TENANT: is required. {WRITE.format('Microsoft')}"),
        (
            "apple",
            {"CLIENT_SECRET": "", "TEAM_ID": "T"},
            f"KEY_ID: is required, and so is PRIVATE_KEY. {WRITE.format('Apple')}",
        ),
        ("google", {"TENANT": TENANT}, "TENANT: is not for Google. Leave it out"),
        ("github", {"AUDIENCES": "x"}, "AUDIENCES: is not for GitHub. Leave it out"),
        ("discord", {"SECOND_FACTOR_AMR": "mfa"}, "SECOND_FACTOR_AMR: is not for Discord."),
        ("google", {"SCOPES": "email"}, "SCOPES: must have openid among them"),
        ("google", {"TRUST_EMAIL": SENTINEL}, "TRUST_EMAIL: Input should be a valid boolean"),
        ("google", {"PRESET": SENTINEL}, "PRESET: Input should be 'google', 'apple', "),
        ("google", {"CLIENT_ID": "a b"}, "CLIENT_ID: must be of letters, digits and signs"),
        ("google", {"LABEL": "a\nb"}, "LABEL: String should match pattern"),
    ],
)
def test_what_is_half_filled_or_not_meant_for_it_is_refused(
    environment: Environment, name: str, options: dict[str, str], said: str
) -> None:
    """By the name of what to write, and no value."""
    environment.client(name, **options)
    assert environment.refusal().startswith(f"_{name.upper()}_{said}")


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("login.example", "must be a URL, such as https://login.example.com, as the provider"),
        ("https://login.example?x=1", "must be a URL, such as"),
        ("https://user:sentinel-value@login.example", "must be a URL, such as"),
        ("ftp://login.example", "must be a URL, such as"),
        ("http://login.example", "must be https, except on this machine"),
        (
            "https://login.example/.well-known/openid-configuration",
            "is the issuer alone: leave out /.well-known/openid-configuration",
        ),
        ("http://127.0.0.1:3000", "is on this machine or in a private network. If it is meant"),
        ("https://localhost", "is on this machine or in a private network. If it is meant"),
        ("https://10.0.0.1/x", "is on this machine or in a private network. If it is meant"),
        ("https://[::1]:3000", "is on this machine or in a private network. If it is meant"),
    ],
)
def test_an_issuer_that_is_none_is_refused(
    environment: Environment, issuer: str, said: str
) -> None:
    """In words that say what it must be."""
    environment.client("acme", ISSUER=issuer)
    assert environment.refusal().startswith(f"_ACME_ISSUER: {said}")


@pytest.mark.parametrize(
    ("tenant", "said"),
    [
        ("common", "is common, which is many tenants with an issuer each. Write the id of the one"),
        ("organizations", "is organizations, which is many tenants"),
        ("consumers", "is consumers, which is many tenants"),
        ("acme.example", "must be the id of a tenant, such as 9188040d-"),
    ],
)
def test_a_tenant_that_is_many_is_refused(environment: Environment, tenant: str, said: str) -> None:
    """Its tokens would each be of another issuer, any of which could be anybody's."""
    environment.client("microsoft", TENANT=tenant)
    assert environment.refusal().startswith(f"_MICROSOFT_TENANT: {said}")


def test_an_issuer_of_another_tenant_is_refused(environment: Environment) -> None:
    """One of the two is a slip."""
    environment.client("microsoft", TENANT=TENANT, ISSUER="https://login.example/other/v2.0")
    assert environment.refusal() == (
        "_MICROSOFT_ISSUER: is of another tenant than TENANT. Leave it out"
    )


def test_a_key_that_is_not_apples_is_refused(environment: Environment) -> None:
    """And none of it is shown."""
    rsa_key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    for key, said in (
        (SENTINEL, "is malformed. Write the text of the .p8 file that Apple gave"),
        ("é", "is malformed. Write the text of the .p8 file that Apple gave"),
        (rsa_key, "must be EC P-256: the text of the .p8 file that Apple gave"),
    ):
        environment.client("apple", CLIENT_SECRET="", TEAM_ID="T", KEY_ID="K", PRIVATE_KEY=key)
        assert environment.refusal() == f"_APPLE_PRIVATE_KEY: {said}"


@pytest.mark.parametrize("name", ["Google", "goo-gle", "goo_gle", "1google", "x" * 31, "é"])
def test_a_name_that_is_none_is_refused(environment: Environment, name: str) -> None:
    """It stands in variables and in a URL."""
    environment.name(name)
    assert environment.refusal().startswith(
        "S: must be names of small letters and digits, such as google, several with commas"
    )


def test_an_option_of_nobody_is_refused(environment: Environment) -> None:
    """One of a provider that is not named, or that is no option; it says what there is."""
    environment.client("google", CLIENTID="x")
    environment.name("google", GOGGLE_CLIENT_ID="x")
    assert environment.refusal() == (
        "no such setting: AUTHBERRY_PROVIDER_GOGGLE_CLIENT_ID,"
        " AUTHBERRY_PROVIDER_GOOGLE_CLIENTID. Of a provider they are AUTHBERRY_PROVIDER_,"
        " a name that AUTHBERRY_PROVIDERS lists, and one of: PRESET, LABEL, ISSUER, TENANT,"
        " CLIENT_ID, CLIENT_SECRET, TEAM_ID, KEY_ID, PRIVATE_KEY, SCOPES, TRUST_EMAIL,"
        " SECOND_FACTOR_AMR, SECOND_FACTOR_ACR, AUDIENCES, PRIVATE_ADDRESSES"
    )


def test_the_doctor_reads_past_a_provider_that_is_wrong(environment: Environment) -> None:
    """It says so, and looks at the rest without any."""
    environment.client("google", CLIENT_ID="", CLIENT_ID_="x")
    settings, findings = read_settings()
    assert settings is not None
    assert settings.providers == {}
    assert [(one.setting, one.remedy.partition(" ")[0]) for one in findings] == [
        ("AUTHBERRY_PROVIDER_GOOGLE_CLIENT_ID_", "Perhaps"),
        ("AUTHBERRY_PROVIDER_GOOGLE_CLIENT_ID", "Correct"),
    ]


def test_an_option_that_is_empty_is_not_set(environment: Environment) -> None:
    """As any other setting."""
    environment.client("google")
    environment.name("google", GOOGLE_ISSUER="", GOOGLE_SCOPES="", GOOGLE_TRUST_EMAIL="")
    assert environment.only().issuer == "https://accounts.google.com"
