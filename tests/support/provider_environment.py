"""What the environment says of providers."""

import pytest

from authberry import Settings, SettingsError
from authberry.settings.providers import ProviderSettings

SENTINEL = "sentinel-value"
TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


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
