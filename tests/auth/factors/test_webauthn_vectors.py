"""The vectors of Web Authentication level 3, section 16: what we verify, and what we refuse.

Made for `example.org`, with each of the algorithms that we ask for. Those of 16.4 and 16.5 come
from a page that lies in another's, and the library would let them through. In the registrations of
16.2, 16.5, 16.6 and 16.11 no user was verified.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest

from authberry import Settings
from authberry.factors.webauthn import Ceremonies, KnownCredential, Refused

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("w3c_vectors.json").read_text())
HERE = {"webauthn_rp_id": "example.org", "webauthn_origins": "https://example.org"}
VERIFIED = ["packed-self-es256", "packed-es256", "packed-rs256"]
UNVERIFIED = ["none-es256", "none-es256-long-credential-id", "packed-eddsa"]
GOOD = VERIFIED + UNVERIFIED
FRAMED = ["none-es256-crossOrigin", "none-es256-topOrigin"]


def ceremonies(**settings: object) -> Ceremonies:
    """Ours, for the vectors' domain unless the settings say otherwise."""
    return Ceremonies(Settings.load(**{"secret": "s" * 43, **HERE, **settings}))


def b64(hexadecimal: str) -> str:
    """Write bytes as browsers do."""
    return urlsafe_b64encode(bytes.fromhex(hexadecimal)).rstrip(b"=").decode()


def answer(name: str, ceremony: str) -> dict[str, Any]:
    """What the browser answered, as `toJSON` writes it."""
    vector = VECTORS[name]
    response = {key: b64(one) for key, one in vector[ceremony].items() if key != "challenge"}
    id_ = b64(vector["credential_id"])
    return {"id": id_, "rawId": id_, "type": "public-key", "response": response}


def challenge(name: str, ceremony: str) -> bytes:
    """What was asked."""
    return bytes.fromhex(VECTORS[name][ceremony]["challenge"])


def authenticator_data(name: str) -> bytes:
    """What the authenticator said of the credential that it made."""
    attested = cbor2.loads(bytes.fromhex(VECTORS[name]["registration"]["attestationObject"]))
    data: bytes = attested["authData"]
    return data


def public_key(name: str) -> str:
    """The key in it, in hex."""
    data = authenticator_data(name)
    return data[55 + int.from_bytes(data[53:55]) :].hex()


def known(name: str, **more: Any) -> KnownCredential:
    """What is known of the credential, read from the registration without us."""
    data = authenticator_data(name)
    credential = KnownCredential(
        id=b64(VECTORS[name]["credential_id"]),
        user_handle="ada",
        public_key=b64(public_key(name)),
        sign_count=int.from_bytes(data[33:37]),
        backup_eligible=bool(data[32] & 0x08),
    )
    return replace(credential, **more)


@pytest.mark.parametrize("name", VERIFIED)
def test_registrations_of_the_specification_are_verified(name: str) -> None:
    """With the model of the authenticator and the flags that the vector has."""
    made = ceremonies().verify_new(answer(name, "registration"), challenge(name, "registration"))
    expected = known(name)
    assert made.id == expected.id
    assert made.public_key == expected.public_key
    assert made.sign_count == 0
    assert made.aaguid.replace("-", "") == VECTORS[name]["aaguid"]
    assert made.backup_eligible is expected.backup_eligible
    assert made.user_verified is True


@pytest.mark.parametrize("name", GOOD)
def test_assertions_of_the_specification_are_verified(name: str) -> None:
    """And whether the user was, which is for others to judge."""
    shown = ceremonies().verify(
        answer(name, "authentication"), challenge(name, "authentication"), known(name)
    )
    assert shown.sign_count == 0
    assert shown.user_verified is (name in {"packed-es256", "none-es256-long-credential-id"})
    assert shown.backed_up is (name in {"none-es256", "packed-rs256"})


@pytest.mark.parametrize("name", FRAMED)
def test_a_ceremony_in_a_page_of_another_origin_is_refused(name: str) -> None:
    """The library verifies both, `crossOrigin` and `topOrigin`; what else there is, is good."""
    with pytest.raises(Refused, match="cross-origin"):
        ceremonies().verify_new(answer(name, "registration"), challenge(name, "registration"))
    with pytest.raises(Refused, match="cross-origin"):
        ceremonies().verify(
            answer(name, "authentication"), challenge(name, "authentication"), known(name)
        )


@pytest.mark.parametrize("name", UNVERIFIED)
def test_a_registration_without_user_verification_is_refused(name: str) -> None:
    """A passkey of ours logs in alone, and has to know whose finger that is."""
    with pytest.raises(Refused, match="InvalidRegistrationResponse"):
        ceremonies().verify_new(answer(name, "registration"), challenge(name, "registration"))


@pytest.mark.parametrize(
    "settings",
    [
        {"webauthn_rp_id": "example.com"},
        {"webauthn_origins": "https://example.com"},
        {"webauthn_origins": "https://sub.example.org"},
        {"webauthn_origins": "http://example.org:8000"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", VERIFIED)
def test_what_was_made_for_another_domain_or_page_is_refused(
    name: str, settings: dict[str, str]
) -> None:
    """Neither is asked of the request: the settings say where we are."""
    elsewhere = ceremonies(**settings)
    with pytest.raises(Refused):
        elsewhere.verify_new(answer(name, "registration"), challenge(name, "registration"))
    with pytest.raises(Refused):
        elsewhere.verify(
            answer(name, "authentication"), challenge(name, "authentication"), known(name)
        )


@pytest.mark.parametrize("name", GOOD)
def test_an_answer_to_another_challenge_or_of_another_kind_is_refused(name: str) -> None:
    """Of the same credential, and rightly signed."""
    with pytest.raises(Refused):
        ceremonies().verify(
            answer(name, "authentication"), challenge(name, "registration"), known(name)
        )
    kinds = [answer(name, "authentication"), answer(name, "registration")]
    swapped = {**kinds[0], "response": {**kinds[0]["response"]}}
    swapped["response"]["clientDataJSON"] = kinds[1]["response"]["clientDataJSON"]
    with pytest.raises(Refused):
        ceremonies().verify(swapped, challenge(name, "registration"), known(name))


@pytest.mark.parametrize("name", GOOD)
def test_a_changed_eligibility_for_backup_is_refused(name: str) -> None:
    """It is a property of the key: the library compares nothing (section 7.2, step 19)."""
    changed = known(name, backup_eligible=not known(name).backup_eligible)
    with pytest.raises(Refused, match="backup eligibility"):
        ceremonies().verify(
            answer(name, "authentication"), challenge(name, "authentication"), changed
        )


@pytest.mark.parametrize("name", GOOD)
def test_another_key_or_user_handle_is_refused(name: str) -> None:
    """A signature of somebody else's, and an answer that says whose it is, and is wrong."""
    other = next(one for one in GOOD if one != name)
    with pytest.raises(Refused):
        ceremonies().verify(
            answer(name, "authentication"),
            challenge(name, "authentication"),
            known(name, public_key=known(other).public_key),
        )
    says = answer(name, "authentication")
    says["response"]["userHandle"] = "bob"
    with pytest.raises(Refused, match="user handle"):
        ceremonies().verify(says, challenge(name, "authentication"), known(name))


@pytest.mark.parametrize("name", GOOD)
def test_an_answer_that_says_nothing_of_whose_it_is_is_refused_where_nobody_was_named(
    name: str,
) -> None:
    """The vectors leave the user handle out; who logs in is what it says (section 7.2, step 6)."""
    says = answer(name, "authentication")
    asked = challenge(name, "authentication")
    with pytest.raises(Refused, match="user handle"):
        ceremonies().verify(says, asked, known(name), has_to_say_whose=True)
    says["response"]["userHandle"] = known(name).user_handle
    shown = ceremonies().verify(says, asked, known(name), has_to_say_whose=True)
    assert shown.sign_count == 0


def test_each_algorithm_that_is_asked_for_has_a_vector() -> None:
    """EdDSA, ES256 and RS256 (COSE's -8, -7 and -257), and no other."""
    options = ceremonies().creation_options(b"challenge", "YWRh", "ada@example.com", "Ada", [])
    asked = [one["alg"] for one in options["pubKeyCredParams"]]
    keys = [cbor2.loads(bytes.fromhex(public_key(name))) for name in GOOD]
    assert set(asked) == {key[3] for key in keys} == {-8, -7, -257}


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "strange",
    [
        None,
        [],
        "text",
        {},
        {"id": "a"},
        {"id": "a", "response": []},
        {"id": 5, "response": {"clientDataJSON": "e30"}},
        {"id": "a", "response": {"clientDataJSON": 5}},
        {"id": "a", "response": {"clientDataJSON": "!"}},
        {"id": "a", "response": {"clientDataJSON": b64(b"[]".hex())}},
        {"id": "a", "response": {"clientDataJSON": b64(b'"text"'.hex())}},
        {"id": "a", "response": {"clientDataJSON": b64(b"\xff\xfe".hex())}},
        {"id": "a", "response": {"clientDataJSON": b64(b"[".hex() * 40_000)}},
        {"id": "a", "response": {"clientDataJSON": "e30", "signature": None}},
        {"id": "a" * 70_000, "response": {"clientDataJSON": "e30"}},
        {"id": "a", "response": {"clientDataJSON": "e30", "more": nested(5000)}},
        {"id": "\ud800", "response": {"clientDataJSON": "e30"}},
    ],
    ids=map(str, range(17)),
)
def test_what_is_no_answer_is_refused_and_is_no_fault(strange: object) -> None:
    """Whoever sends it has a client of their own."""
    with pytest.raises(Refused):
        ceremonies().verify(strange, b"challenge", known("none-es256"))
    with pytest.raises(Refused):
        ceremonies().verify_new(strange, b"challenge")
