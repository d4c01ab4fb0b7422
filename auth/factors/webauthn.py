"""The ceremonies of passkeys (Web Authentication level 3). The one file that imports webauthn.

The library checks what sections 7.1 and 7.2 ask for but for what is checked here: that the ceremony
ran in no page of another origin (`crossOrigin`, `topOrigin`), that the user handle is the
passkey's, that a key keeps its eligibility for backup, and what the counter of signatures tells.
Its defaults are not ours either: the user is verified wherever a passkey is made, or logs in alone.

It is imported when the first passkey is used: a process that has none goes without.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from authberry.settings import Settings

TIMEOUT = 300_000  # milliseconds: as long as a ticket lives
LONGEST = 64 * 1024
"""Characters of an answer; with an attestation that nobody asked for it has a few thousand."""
LONGEST_ID = 1023
"""Bytes of a credential's id (section 7.1, step 25)."""


class Refused(Exception):
    """An answer that is not good; it says why, for no client."""


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What an authenticator has made."""

    id: str
    """As the browser knows it, base64url."""
    public_key: str
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    user_verified: bool


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """What is known of the credential that answers."""

    id: str
    user_handle: str
    public_key: str
    sign_count: int
    backup_eligible: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an answer has shown."""

    sign_count: int
    backed_up: bool
    user_verified: bool


@dataclass(frozen=True, eq=False)
class Ceremonies:
    """Asks authenticators, and verifies what they answer."""

    settings: Settings

    def creation_options(
        self, challenge: bytes, user_handle: str, user_name: str, display_name: str, held: list[str]
    ) -> dict[str, Any]:
        """Return what `navigator.credentials.create` takes (section 5.4).

        Args:
            challenge: Random, good once.
            user_handle: What the authenticator is to know the person by, base64url.
            user_name: The address, shown by the browser.
            display_name: The name, likewise.
            held: Ids of the passkeys that the person has, of which none is made a second time.
        """
        import webauthn  # noqa: PLC0415 - only who has passkeys needs it
        from webauthn.helpers import structs  # noqa: PLC0415

        options = webauthn.generate_registration_options(
            rp_id=self.settings.passkey_rp_id,
            rp_name=self.settings.passkey_rp_id,
            user_id=_bytes(user_handle),
            user_name=user_name,
            user_display_name=display_name,
            challenge=challenge,
            timeout=TIMEOUT,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=_bytes(one)) for one in held
            ],
        )
        written: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return written

    def request_options(
        self, challenge: bytes, held: list[str], *, needs_verification: bool
    ) -> dict[str, Any]:
        """Return what `navigator.credentials.get` takes (section 5.5).

        Args:
            challenge: Random, good once.
            held: Ids of the passkeys that may answer; none where any of the domain may.
            needs_verification: Whether the authenticator has to verify its user.
        """
        import webauthn  # noqa: PLC0415 - only who has passkeys needs it
        from webauthn.helpers import structs  # noqa: PLC0415

        wanted = structs.UserVerificationRequirement
        options = webauthn.generate_authentication_options(
            rp_id=self.settings.passkey_rp_id,
            challenge=challenge,
            timeout=TIMEOUT,
            allow_credentials=[
                structs.PublicKeyCredentialDescriptor(id=_bytes(one)) for one in held
            ],
            user_verification=wanted.REQUIRED if needs_verification else wanted.PREFERRED,
        )
        written: dict[str, Any] = json.loads(webauthn.options_to_json(options))
        return written

    def verify_new(self, answer: object, challenge: bytes) -> NewCredential:
        """Verify what `navigator.credentials.create` answered (section 7.1).

        Raises:
            Refused: with the reason.
        """
        import webauthn  # noqa: PLC0415 - only who has passkeys needs it

        credential = _checked(answer)
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.settings.passkey_rp_id,
                expected_origin=self._origins(credential),
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - the library lets many kinds through
            raise Refused(type(error).__name__) from None
        if len(made.credential_id) > LONGEST_ID:
            raise Refused("credential id")
        return NewCredential(
            id=_text(made.credential_id),
            public_key=_text(made.credential_public_key),
            sign_count=made.sign_count,
            aaguid=made.aaguid,
            transports=_transports(credential),
            backup_eligible=made.credential_device_type.value == "multi_device",
            backed_up=made.credential_backed_up,
            user_verified=made.user_verified,
        )

    def verify(
        self,
        answer: object,
        challenge: bytes,
        known: KnownCredential,
        *,
        has_to_say_whose: bool = False,
    ) -> Assertion:
        """Verify what `navigator.credentials.get` answered (section 7.2).

        Whether the user was verified is for the caller to judge.

        Args:
            answer: Of the browser.
            challenge: What was asked.
            known: The credential that answers.
            has_to_say_whose: It was asked of nobody in particular, so that the user handle tells.

        Raises:
            Refused: with the reason.
        """
        import webauthn  # noqa: PLC0415 - only who has passkeys needs it

        credential = _checked(answer)
        handle = credential["response"].get("userHandle")
        is_left_out = handle is None and not has_to_say_whose
        if handle != known.user_handle and not is_left_out:  # step 6
            raise Refused("user handle")
        try:
            shown = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.settings.passkey_rp_id,
                expected_origin=self._origins(credential),
                credential_public_key=_bytes(known.public_key),
                credential_current_sign_count=0,  # judged below
            )
        except Exception as error:  # noqa: BLE001 - the library lets many kinds through
            raise Refused(type(error).__name__) from None
        if (shown.credential_device_type.value == "multi_device") != known.backup_eligible:
            raise Refused("backup eligibility")  # step 19: it never changes
        # Step 22. Copies of one key, in sync or not, count as they like; a key that cannot be
        # copied and counts backwards was copied.
        went_back = max(shown.new_sign_count, known.sign_count) > 0 and (
            shown.new_sign_count <= known.sign_count
        )
        if went_back and not known.backup_eligible:
            raise Refused("counter")
        return Assertion(shown.new_sign_count, shown.credential_backed_up, shown.user_verified)

    def _origins(self, credential: dict[str, Any]) -> list[str]:
        """Return the origins that an answer may come from; the library compares."""
        origin = json.loads(_bytes(credential["response"]["clientDataJSON"])).get("origin")
        origins = self.settings.passkey_origins
        return [origin] if self.settings.takes_passkeys_of(origin) else list(origins)


def challenge_of(answer: object) -> tuple[str, bytes]:
    """Return which credential answers, base64url, and the challenge that it says it answers.

    Raises:
        Refused: it is no answer, or was given to a page of another origin's.
    """
    credential = _checked(answer)
    client_data = json.loads(_bytes(credential["response"]["clientDataJSON"]))
    try:
        return credential["id"], _bytes(client_data["challenge"])
    except (KeyError, TypeError, ValueError):
        raise Refused("shape") from None


def _checked(answer: object) -> dict[str, Any]:
    """Check the shape of an answer, and that it was given to a page of no other origin.

    Raises:
        Refused: with the reason.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise Refused("shape")
    try:
        if not isinstance(answer.get("id"), str) or len(json.dumps(answer)) > LONGEST:
            raise Refused("shape")
        client_data = json.loads(_bytes(answer["response"]["clientDataJSON"]))
        # Steps 10 and 11 of section 7.1, 13 and 14 of section 7.2: no page of ours lies in
        # one of another origin.
        if client_data.get("crossOrigin", False) is not False or "topOrigin" in client_data:
            raise Refused("cross-origin")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise Refused("shape") from None
    return answer


def _transports(credential: dict[str, Any]) -> tuple[str, ...]:
    named = credential["response"].get("transports")
    known = {"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}
    return tuple(one for one in named if one in known) if isinstance(named, list) else ()


def _bytes(text: str) -> bytes:
    """Read base64url; raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
