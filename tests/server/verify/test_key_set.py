"""Key sets of strangers: whatever stands beside a good key, the good key is found."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authberry.tokens.jose import InvalidJwt, Key
from authberry.tokens.key_set import published

GOOD = Key.generate("ES256").public_jwk or {}
OTHERS = [Key.generate(algorithm).public_jwk or {} for algorithm in ("ES256", "EdDSA", "RS256")]
MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "k", "d", "x5c")
values = st.sampled_from(["", "A", "AQAB", "=", "A" * 43, "_" * 43, "_" * 342, "_" * 20_000]) | (
    st.sampled_from(["EC", "RSA", "OKP", "oct", "P-256", "P-384", "Ed25519", "RS256", "enc"])
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)
)


@given(st.sampled_from(OTHERS), st.dictionaries(st.sampled_from(MEMBERS), values, max_size=4))
def test_no_key_spoils_the_set_it_is_in(other: dict[str, str], changes: dict[str, Any]) -> None:
    """It is left out, or it verifies, or it verifies nothing; the others are there all the same."""
    keys = published(json.dumps({"keys": [{**other, "kid": "x", **changes}, GOOD]}).encode())
    assert GOOD["kid"] in keys
    for key in keys.values():
        try:
            key.verify("a.b.AAAA")
        except InvalidJwt:
            continue
        raise AssertionError(key.jwk)
