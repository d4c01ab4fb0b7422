"""Tokens: how they are written, read and verified, without a database and without settings.

All of it runs on PyJWT and cryptography alone, which is what `pip install authberry` brings. So a
service that only verifies access tokens can use this room by itself; fetching the keys of another
server takes an HTTP client, which is imported when somebody asks for it.
"""

from authberry.tokens.assurance import AAL1, AAL2, LEVELS, PHR, higher, reaches
from authberry.tokens.bearer import OWS, bearer_token
from authberry.tokens.claims import CLIENT_ID, LEEWAY, TYPE, AccessTokenReader, Claims
from authberry.tokens.device_tokens import DeviceTokens
from authberry.tokens.fetched_keys import FetchedKeys, fetched_keys
from authberry.tokens.jose import InvalidJwt, Key, UnusableKey, is_another_key, read_unverified
from authberry.tokens.key_derivation import SECRET_MIN_BYTES, derive_keys
from authberry.tokens.refresh_tokens import GENERATION_LIMIT, OpenedToken, RefreshTokenCodec
from authberry.tokens.row_tickets import issue_row_ticket, open_row_ticket
from authberry.tokens.sealing import Opened, Sealer, Unreadable
from authberry.tokens.verifier import AccessTokenVerifier

__all__ = [
    "AAL1",
    "AAL2",
    "CLIENT_ID",
    "GENERATION_LIMIT",
    "LEEWAY",
    "LEVELS",
    "OWS",
    "PHR",
    "SECRET_MIN_BYTES",
    "TYPE",
    "AccessTokenReader",
    "AccessTokenVerifier",
    "Claims",
    "DeviceTokens",
    "FetchedKeys",
    "InvalidJwt",
    "Key",
    "Opened",
    "OpenedToken",
    "RefreshTokenCodec",
    "Sealer",
    "Unreadable",
    "UnusableKey",
    "bearer_token",
    "derive_keys",
    "fetched_keys",
    "higher",
    "is_another_key",
    "issue_row_ticket",
    "open_row_ticket",
    "reaches",
    "read_unverified",
]
