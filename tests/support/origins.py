"""Where requests come from: pages that are ours, and everybody else's."""

OWN = "https://auth.example.com"
FRIEND = "https://app.example.com"

TRUSTED: list[dict[str, str | None]] = [
    {"Origin": OWN},
    {"Origin": FRIEND},
    {"Origin": FRIEND, "Sec-Fetch-Site": "same-site"},
    {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"},
    {"Origin": None},
    {"Origin": None, "Sec-Fetch-Site": "same-origin"},
    {"Origin": None, "Sec-Fetch-Site": "none"},
]
ORIGINS_OF_OTHERS = (
    "null",
    "",
    "*",
    "https://evil.example",
    "http://auth.example.com",
    "https://auth.example.com:8443",
    "https://auth.example.com.evil.example",
    "https://evil-auth.example.com",
    "https://evilapp.example.com",
    "https://app.example.com.",
    "https://app.example.com/",
    "https://app.example.com@evil.example",
    "https://auth.example.com, https://evil.example",
    "https://auth.example.com https://evil.example",
    "HTTPS://APP.EXAMPLE.COM",
    "http://localhost",
    "http://127.0.0.1:8000",
    "file://",
)
FOREIGN: list[dict[str, str | None]] = []
FOREIGN += [{"Origin": origin} for origin in ORIGINS_OF_OTHERS]
FOREIGN += [
    {"Origin": None, "Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "", "?")
]

FORM_TYPES = [
    None,
    "",
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json-patch+json",
    "application/graphql",
]
