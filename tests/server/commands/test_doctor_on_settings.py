"""What `authberry doctor` finds in the environment."""

from pathlib import Path

import pytest
from command_line import PRODUCTION, CommandLine
from diagnosis import REACHABLE, Configure, about

from authberry.doctor.diagnosis import diagnose

HTTPS = {"AUTHBERRY_PUBLIC_URL": "https://auth.example.co.uk"}


@pytest.mark.parametrize(
    ("environment", "setting", "level", "problem"),
    [
        ({"AUTHBERRY_NONSENSE": "x"}, "NONSENSE", "danger", "is not a setting"),
        (
            {"AUTHBERRY_REFRESH_IDLE_TTL": "99999999"},
            "REFRESH_IDLE_TTL",
            "danger",
            "must not be longer than the absolute limit",
        ),
        (
            {"AUTHBERRY_SECRET_FILE": "nowhere"},
            "SECRET_FILE",
            "danger",
            "names a file, which cannot be read (No such file or directory)",
        ),
        (
            {"AUTHBERRY_SECRET_FILE": __file__},
            "SECRET_FILE",
            "danger",
            "does nothing, because AUTHBERRY_SECRET is set as well",
        ),
        (
            {**HTTPS, "AUTHBERRY_COOKIE_DOMAIN": "co.uk"},
            "COOKIE_DOMAIN",
            "danger",
            "is a public suffix, so browsers drop the cookie",
        ),
        (
            {
                "AUTHBERRY_PUBLIC_URL": "https://api.example.co.uk/auth",
                "AUTHBERRY_COOKIE_PATH": "/authority",
            },
            "COOKIE_PATH",
            "danger",
            "does not cover /auth/graphql, so browsers do not send the cookie there",
        ),
        (
            {"AUTHBERRY_OAUTH_CLIENTS": "billing:short"},
            "OAUTH_CLIENTS",
            "danger",
            "is shorter than 32 bytes",
        ),
        (
            {"AUTHBERRY_COOKIE_SAMESITE": "none"},
            "COOKIE_SAMESITE",
            "danger",
            "is none, which browsers take only from https",
        ),
        (
            {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "https://app.other.co.uk"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names https://app.other.co.uk, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {"AUTHBERRY_ALLOWED_ORIGINS": "http://localhost:5173"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names http://localhost:5173, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {"AUTHBERRY_ALLOWED_ORIGINS": "https://127.0.0.1:5173"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names https://127.0.0.1:5173, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {
                **HTTPS,
                "AUTHBERRY_ALLOWED_ORIGINS": "https://app.other.co.uk",
                "AUTHBERRY_COOKIE_SAMESITE": "none",
            },
            "COOKIE_PARTITIONED",
            "advice",
            (
                "is off, and browsers that block third-party cookies keep none for"
                " https://app.other.co.uk, unless it is partitioned"
            ),
        ),
        (
            {
                **HTTPS,
                "AUTHBERRY_ALLOWED_ORIGINS": "https://app.other.co.uk",
                "AUTHBERRY_COOKIE_SAMESITE": "none",
                "AUTHBERRY_COOKIE_PARTITIONED": "true",
            },
            "COOKIE_SAMESITE",
            "advice",
            (
                "is none for https://app.other.co.uk, and yet browsers that block third-party"
                " cookies and know no partitions send none"
            ),
        ),
        (
            {"AUTHBERRY_COOKIE_PARTITIONED": "true"},
            "COOKIE_PARTITIONED",
            "danger",
            "is on, which browsers take only from https",
        ),
        (
            {"AUTHBERRY_COOKIE_NAME": "login_link"},
            "COOKIE_NAME",
            "danger",
            "is what the cookie of login links is called",
        ),
        (
            {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "http://app.example.co.uk"},
            "ALLOWED_ORIGINS",
            "danger",
            "lets a page without TLS use the refresh token cookie",
        ),
        (
            {
                "AUTHBERRY_PAGES": "false",
                "AUTHBERRY_LINK_URLS": "verify_email=https://example.com/#{token},"
                "reset_password=https://example.com/#{token},login=https://example.com/#{token}",
            },
            "LINK_URLS",
            "advice",
            (
                "names no page for confirm_email_change, undo_email_change, factor_reset,"
                " factor_reset_cancel, and ours are off, so that links in mails lead nowhere"
            ),
        ),
        (
            {"AUTHBERRY_TRUSTED_PROXIES": "10.0.0.0/8"},
            "PUBLIC_URL",
            "advice",
            "is http although there is a proxy, so cookies are not kept to TLS",
        ),
        (
            {"AUTHBERRY_TRUSTED_PROXIES": "::/0"},
            "TRUSTED_PROXIES",
            "danger",
            "is everybody, so that each client chooses the address its attempts are counted for",
        ),
        (
            HTTPS,
            "TRUSTED_PROXIES",
            "advice",
            "is empty, so behind a TLS proxy everybody has the proxy's address",
        ),
        (
            {**PRODUCTION, "AUTHBERRY_PUBLIC_URL": "http://auth.example.com"},
            "PUBLIC_URL",
            "danger",
            "is not https",
        ),
        (
            {**HTTPS, "AUTHBERRY_WEBAUTHN_RP_ID": "other.co.uk"},
            "WEBAUTHN_RP_ID",
            "danger",
            (
                "is other.co.uk, which is neither the host of https://auth.example.co.uk nor a"
                " domain above it, so that browsers refuse passkeys there"
            ),
        ),
        (
            {**HTTPS, "AUTHBERRY_WEBAUTHN_RP_ID": "ple.co.uk"},
            "WEBAUTHN_RP_ID",
            "danger",
            (
                "is ple.co.uk, which is neither the host of https://auth.example.co.uk nor a domain"
                " above it, so that browsers refuse passkeys there"
            ),
        ),
        (
            {**HTTPS, "AUTHBERRY_WEBAUTHN_RP_ID": "co.uk"},
            "WEBAUTHN_RP_ID",
            "danger",
            "is a public suffix, for which browsers make no passkeys",
        ),
        (
            {
                **HTTPS,
                "AUTHBERRY_WEBAUTHN_ORIGINS": "https://auth.example.co.uk,https://example.com",
            },
            "WEBAUTHN_ORIGINS",
            "advice",
            (
                "names https://example.com, which is not of auth.example.co.uk, so that browsers"
                " take passkeys there only if https://auth.example.co.uk/.well-known/webauthn is"
                " answered by this service"
            ),
        ),
        (
            {
                "AUTHBERRY_PUBLIC_URL": "https://example.co.uk",
                "AUTHBERRY_WEBAUTHN_ORIGINS": "https://app.example.co.uk",
            },
            "WEBAUTHN_ORIGINS",
            "advice",
            "leaves out https://example.co.uk, so that our own pages take no passkeys",
        ),
        (
            {
                **HTTPS,
                "AUTHBERRY_WEBAUTHN_ORIGINS": "https://auth.example.co.uk,"
                "http://auth.example.co.uk",
            },
            "WEBAUTHN_ORIGINS",
            "advice",
            "names http://auth.example.co.uk, and browsers have no passkeys without TLS",
        ),
        *(
            (
                {**environment, "AUTHBERRY_PUBLIC_URL": url},
                "PUBLIC_URL",
                "advice",
                "has an address for a host, and browsers make passkeys for names only",
            )
            for environment, url in (
                (PRODUCTION, "https://192.0.2.1"),
                ({}, "http://192.0.2.1:8000"),
                ({}, "http://127.0.0.1:8000"),
            )
        ),
        (
            {"AUTHBERRY_SECOND_FACTOR_FROM": "2027-01-31"},
            "SECOND_FACTOR_FROM",
            "advice",
            "says nothing while AUTHBERRY_SECOND_FACTOR is optional",
        ),
        (
            {"AUTHBERRY_SECOND_FACTOR_ROLES": "admin"},
            "SECOND_FACTOR_ROLES",
            "advice",
            "says nothing while AUTHBERRY_SECOND_FACTOR is optional",
        ),
        (
            {
                "AUTHBERRY_SECOND_FACTOR": "required",
                "AUTHBERRY_SECOND_FACTOR_ROLES": "admin",
            },
            "PASSWORD_MIN_LENGTH",
            "advice",
            ("is below 15, which NIST SP 800-63B-4 asks for while the password is the only factor"),
        ),
        (
            PRODUCTION,
            "DATABASE_URL",
            "advice",
            "is SQLite, which lets one process write at a time and lives on one machine",
        ),
        (PRODUCTION, "DATABASE_URL", "danger", "names FOLDER/not-made-yet.db, which is not there"),
    ],
)
async def test_a_setting_that_will_not_do_is_found(
    configure: Configure,
    authberry: CommandLine,
    environment: dict[str, str],
    setting: str,
    level: str,
    problem: str,
    tmp_path: Path,
) -> None:
    """Without the network."""
    configure(**REACHABLE)
    configure(**environment)
    problem = problem.replace("FOLDER", str(tmp_path))
    assert (level, problem) in about(await diagnose(), setting)


@pytest.mark.parametrize(
    "environment",
    [
        {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "https://app.example.co.uk,https://example.co.uk"},
        {"AUTHBERRY_ALLOWED_ORIGINS": "http://127.0.0.1:5173"},
        {**HTTPS, "AUTHBERRY_COOKIE_DOMAIN": "example.co.uk"},
        {**HTTPS, "AUTHBERRY_TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8"},
        {
            **HTTPS,
            "AUTHBERRY_WEBAUTHN_RP_ID": "example.co.uk",
            "AUTHBERRY_WEBAUTHN_ORIGINS": "https://auth.example.co.uk,https://example.co.uk",
        },
        {
            "AUTHBERRY_PUBLIC_URL": "http://localhost:8000",
            "AUTHBERRY_WEBAUTHN_RP_ID": "localhost",
            "AUTHBERRY_WEBAUTHN_ORIGINS": "http://localhost:8000,http://app.localhost:5173",
        },
        {"AUTHBERRY_SECOND_FACTOR": "required", "AUTHBERRY_PASSWORD_MIN_LENGTH": "8"},
        {
            "AUTHBERRY_SECOND_FACTOR": "required",
            "AUTHBERRY_SECOND_FACTOR_ROLES": "admin",
            "AUTHBERRY_SECOND_FACTOR_FROM": "2027-01-31",
        },
        *(
            {"AUTHBERRY_PUBLIC_URL": f"{HTTPS['AUTHBERRY_PUBLIC_URL']}/auth", **path}
            for path in (
                {},
                {"AUTHBERRY_COOKIE_PATH": "/"},
                {"AUTHBERRY_COOKIE_PATH": "/auth"},
                {"AUTHBERRY_COOKIE_PATH": "/auth/"},
                {"AUTHBERRY_COOKIE_PATH": "/auth/graphql"},
            )
        ),
    ],
)
async def test_what_works_is_not_found(
    configure: Configure, authberry: CommandLine, environment: dict[str, str]
) -> None:
    """One site may have many hosts and ports, and a proxy a network."""
    configure(**REACHABLE)
    configure(**environment)
    names = {name.removeprefix("AUTHBERRY_") for name in environment} - {"PUBLIC_URL"}
    findings = await diagnose()
    assert [about(findings, name) for name in names] == [[] for _ in names]
