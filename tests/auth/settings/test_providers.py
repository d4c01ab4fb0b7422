"""Providers in the settings: what is filled in, and what is refused, in words."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from authberry import Settings, SettingsError
from authberry.doctor.environment import read_settings
from authberry.settings.providers import ProviderSettings

SENTINEL = "sentinel-value"
TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
PRESETS = {
    "google": ("Google", "https://accounts.google.com", ("openid", "email", "profile"), True),
    "gitlab": ("GitLab", "https://gitlab.com", ("openid", "email", "profile"), True),
    "github": ("GitHub", "https://github.com", ("read:user", "user:email"), True),
    "discord": ("Discord", "https://discord.com", ("identify", "email"), True),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what development mode makes in a folder of the test."""
    monkeypatch.chdir(tmp_path)


class Environment:
    """The environment of a process, as far as it is about providers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin without any."""
        self._monkeypatch = monkeypatch

    def name(self, providers: str, **options: str) -> None:
        """Name providers; an option is the name of its provider, and its own, in capitals."""
        self._monkeypatch.setenv("AUTHBERRY_PROVIDERS", providers)
        for option, value in options.items():
            self._monkeypatch.setenv(f"AUTHBERRY_PROVIDER_{option}", value)

    def client(self, name: str, **options: str) -> None:
        """Name one, with a client there and these options beside."""
        given = {"CLIENT_ID": "us", "CLIENT_SECRET": SENTINEL, **options}
        self.name(name, **{f"{name.upper()}_{key}": value for key, value in given.items() if value})

    @staticmethod
    def refusal() -> str:
        """The one line that a start ends with, behind `AUTHBERRY_PROVIDER`."""
        with pytest.raises(SettingsError) as error:
            Settings.load()
        assert "\n" not in str(error.value)
        assert SENTINEL not in str(error.value)
        return str(error.value).removeprefix("AUTHBERRY_PROVIDER")

    @staticmethod
    def only() -> ProviderSettings:
        """The one provider there is."""
        (provider,) = Settings.load().providers.values()
        return provider


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """That of this process."""
    return Environment(monkeypatch)


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
