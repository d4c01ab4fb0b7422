"""Settings from an environment, and what a refusal says."""

import pytest

from authberry import Auth, Settings, SettingsError

SECRET = "c2VudGluZWwtdmFsdWUtdGhhdC1tdXN0LW5vdC1hcHBlYXI"
SENTINEL = "sentinel-value"


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Set the environment, without the prefix."""
    for name, value in values.items():
        monkeypatch.setenv(f"AUTHBERRY_{name}", value)


def refusal(**values: object) -> str:
    """The one line that a start ends with."""
    with pytest.raises(SettingsError) as error:
        Auth(Settings.load(**values))
    assert "\n" not in str(error.value)
    return str(error.value)
