"""Providers of which our pages have buttons; nobody logs in at them."""

PROVIDERS = {
    "google": {"client_id": "us", "client_secret": "secret"},
    "github": {"client_id": "us", "client_secret": "secret"},
    "acme": {
        "issuer": "https://login.acme.example",
        "client_id": "us",
        "client_secret": "secret",
        "label": 'Bonnie & "Clyde"',
    },
}
