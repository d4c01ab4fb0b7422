"""Providers of which our pages have buttons; nobody logs in at them."""

SECRET = "told-to-nobody"
PROVIDERS = {
    "google": {"client_id": "us", "client_secret": SECRET},
    "github": {"client_id": "us", "client_secret": SECRET},
    "acme": {
        "issuer": "https://login.acme.example",
        "client_id": "us",
        "client_secret": SECRET,
        "label": 'Bonnie & "Clyde"',
    },
}
