"""Everything that happens to second factors, and every secret there is in it."""

import base64
from contextlib import suppress

from authenticator import Authenticator
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE
from second_factors import viewer_of, with_app
from sent_mail import link_in, mails, token_in

from authberry import Auth, RefreshTokenTransport
from authberry.errors import AuthError
from authberry.logins import PresentedProof, PresentedTickets, SecondFactorNeeded
from authberry.logins.completion import Completed

COOKIE, BODY = RefreshTokenTransport.COOKIE, RefreshTokenTransport.BODY
ADA = "ada@example.com"


async def story(auth: Auth, clock: FrozenClock) -> list[str]:
    """Everything that happens to factors; returns every secret there was, as it is spelt."""
    ada = await auth.accounts.create(ADA, PASSWORD)
    viewer, secrets = await viewer_of(auth, ada), [PASSWORD]
    phone = await with_app(auth, ada, viewer)
    seed = base64.b32decode(phone.seed)
    secrets += [phone.seed, seed.hex(), base64.b64encode(seed).decode(), repr(seed)[2:-1]]
    secrets += phone.recovery_codes + [one.replace("-", "") for one in phone.recovery_codes]
    enrollment = auth.logins.enrollment
    begun = enrollment.begin_totp(viewer, None)
    secrets += [begun.secret, begun.ticket, begun.uri]
    authenticator = Authenticator()
    made = await enrollment.begin_passkey(viewer)
    secrets.append(made.options["challenge"])
    await enrollment.finish_passkey(viewer, authenticator.create(made.options), None, BROWSER)
    for number, trust in enumerate((False, True)):
        needed = await auth.logins.passwords.login(ADA, PASSWORD, PHONE, COOKIE)
        assert isinstance(needed, SecondFactorNeeded)
        assert needed.passkey
        secrets += [needed.ticket, needed.ticket[22:], needed.passkey.options["challenge"]]
        clock.tick(30)
        wrong = PresentedProof(recovery_code=phone.recovery_codes[9][:-1] + "?")
        right = PresentedProof(totp_code=phone.code())
        if number:
            right = PresentedProof(recovery_code=phone.recovery_codes[0])
        completion, tickets = auth.logins.completion, PresentedTickets((needed.ticket,), COOKIE)
        with suppress(AuthError):
            await completion.complete(tickets, wrong, PHONE)
        done = await completion.complete(tickets, right, PHONE, trust=trust)
        assert isinstance(done, Completed)
        if trust:
            assert done.trusted_token
            secrets.append(done.trusted_token)
    asked = auth.logins.passkeys.begin()
    secrets.append(asked.options["challenge"])
    for _ in range(2):
        with suppress(AuthError):
            await auth.logins.passkeys.login(authenticator.get(asked.options), PHONE, BODY)
    secrets += await enrollment.regenerate_codes(viewer, BROWSER) or []
    await mails(auth)
    resets = auth.logins.second_factors.resets
    await resets.request(ADA, BROWSER)
    link = token_in(link_in((await mails(auth))[-1]))
    await resets.confirm(link, BROWSER)
    return [*secrets, link, *[token_in(link_in((await mails(auth))[-1]))]]
