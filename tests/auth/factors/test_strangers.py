"""What programs that are not ours make of our URI, our picture, and what we store of a passkey."""

import json
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from authenticator import Authenticator
from node import installed, run
from people import BROWSER
from second_factors import viewer_of, with_passkey

from authberry import Auth
from authberry.models import Passkey, User

SOURCES = Path(__file__).with_name("strangers")


@pytest.fixture(scope="session")
def strangers(request: pytest.FixtureRequest) -> Path:
    """The folder of their programs."""
    return installed(request, SOURCES, "factor-strangers")


async def test_an_app_that_knows_the_uri_alone_sets_itself_up(
    auth: Auth, ada: User, strangers: Path
) -> None:
    """`otplib` reads it, and the code that it computes is the one that is waited for."""
    viewer = await viewer_of(auth, ada)
    begun = auth.logins.enrollment.begin_totp(viewer, None)
    now = str(int(auth.clock.now().timestamp()))
    told = json.loads(await run_sync(run, strangers / "totp.mjs", begun.uri, now))
    assert told["type"] == "totp"
    assert told["label"] == "localhost:ada@example.com"
    assert told["issuer"] == "localhost"
    added = await auth.logins.enrollment.confirm_totp(viewer, begun.ticket, told["code"], BROWSER)
    assert isinstance(added.recovery_codes, list)


async def test_a_camera_reads_the_uri_in_the_picture(
    auth: Auth, ada: User, strangers: Path, tmp_path: Path
) -> None:
    """`resvg` draws the SVG, and `jsqr` finds the very URI in its pixels."""
    begun = auth.logins.enrollment.begin_totp(await viewer_of(auth, ada), None)
    picture = tmp_path / "code.svg"
    picture.write_text(begun.qr_code.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    read = await run_sync(lambda: run(strangers / "qr.mjs", str(picture), folder=strangers))
    assert read.strip() == begun.uri


@pytest.mark.parametrize("synced", [True, False])
async def test_another_server_verifies_answers_with_what_we_stored(
    auth: Auth, ada: User, strangers: Path, *, synced: bool
) -> None:
    """`@simplewebauthn/server`: nobody who leaves us has to make their passkeys again."""
    authenticator = await with_passkey(auth, ada, synced=synced)
    with auth.database.use():
        row = await Passkey.get()
    options = auth.logins.passkeys.begin().options
    asked = {
        "stored": {
            "id": row.credential_id,
            "publicKey": row.public_key,
            "counter": row.sign_count,
            "transports": row.transports.split(","),
        },
        "answer": authenticator.get(options),
        "challenge": options["challenge"],
        "origin": Authenticator.origin,
        "rpId": Authenticator.rp_id,
    }
    told = json.loads(await run_sync(run, strangers / "passkey.mjs", json.dumps(asked)))
    assert told == {
        "verified": True,
        "userVerified": True,
        "credentialDeviceType": "multiDevice" if synced else "singleDevice",
        "credentialBackedUp": synced,
    }
    assert row.backup_eligible is synced
