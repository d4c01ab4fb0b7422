"""What is public of well-known providers, so that nobody has to look it up and write it down.

From their documentation: Google, "OpenID Connect"; Apple, "Sign in with Apple REST API"; Microsoft,
"OpenID Connect on the Microsoft identity platform"; GitLab, "GitLab as OpenID Connect identity
provider"; GitHub, "Authorizing OAuth apps"; Discord, "OAuth2".
"""

from dataclasses import dataclass

CREDENTIALS = ("client_id", "client_secret")
_OPENID = ("openid", "email", "profile")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a provider's settings are, unless they are set."""

    label: str
    scopes: tuple[str, ...] = _OPENID
    issuer: str = ""
    """Who a login is from, by the provider's own name; empty where that has to be said."""
    trusts_email: bool = False
    """Whether this issuer, and no other, is believed that an address is verified."""
    required: tuple[str, ...] = CREDENTIALS
    optional: tuple[str, ...] = ()
    """What is for this provider and for no other."""
    is_openid: bool = True
    """Whether it issues ID tokens; else it is asked whose its access token is."""
    has_more: bool = True
    """Whether userinfo may say what an ID token does not."""
    says_when: bool = True
    """Whether it can be asked to have somebody prove who they are, and then says `auth_time`."""


PRESETS = {
    "google": Preset(
        "Google", issuer="https://accounts.google.com", trusts_email=True, says_when=False
    ),
    "apple": Preset(
        "Apple",
        scopes=("openid", "email", "name"),
        issuer="https://appleid.apple.com",
        trusts_email=True,
        required=("client_id", "team_id", "key_id", "private_key"),
    ),
    # An administrator of a tenant writes any address into a person's record. Userinfo is another
    # service, Graph, which knows no more than the ID token says.
    "microsoft": Preset("Microsoft", required=("tenant", *CREDENTIALS), has_more=False),
    "gitlab": Preset("GitLab", issuer="https://gitlab.com", trusts_email=True),
    "github": Preset(
        "GitHub",
        scopes=("read:user", "user:email"),
        issuer="https://github.com",
        trusts_email=True,
        is_openid=False,
        says_when=False,
    ),
    "discord": Preset(
        "Discord",
        scopes=("identify", "email"),
        issuer="https://discord.com",
        trusts_email=True,
        is_openid=False,
        says_when=False,
    ),
    "oidc": Preset("", required=("issuer", *CREDENTIALS)),
}
"""By the name that a provider has unless it is called otherwise."""

ANYBODY = "oidc"
"""The preset of a provider that none is for: OpenID Connect by discovery."""

OF_SOME = ("tenant", "team_id", "key_id", "private_key", "client_secret")
"""What only those providers take that require it."""

OF_ID_TOKENS = ("audiences", "second_factor_amr", "second_factor_acr")
"""What is about ID tokens, which not every provider has."""
