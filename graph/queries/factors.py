"""Queries about second factors and passkeys."""

from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.types import AcceptedPasskeys, Factor, FactorResetScheduled, TrustedDevice


@query()
async def factors(info: Info) -> list[Factor] | None:
    """The apps and passkeys of the person asking, the oldest first."""
    viewer = await info.context.viewer()
    rows = await info.context.auth.logins.enrollment.of(viewer.user)
    return [Factor.of(row) for row in rows]


@query()
async def recovery_codes_left(info: Info) -> int | None:
    """How many recovery codes are unused; null for somebody who has none."""
    viewer = await info.context.viewer()
    return await info.context.auth.logins.enrollment.codes_left(viewer.user)


@query()
async def accepted_passkeys(info: Info) -> AcceptedPasskeys | None:
    """For `PublicKeyCredential.signalAllAcceptedCredentials`; null for somebody without a passkey.

    So that a browser offers none that is good no more.
    """
    viewer = await info.context.viewer()
    accepted = await info.context.auth.logins.enrollment.accepted_passkeys(viewer.user)
    return AcceptedPasskeys.of(accepted) if accepted else None


@query()
async def trusted_devices(info: Info) -> list[TrustedDevice] | None:
    """The browsers in which logins ask for no second factor, the one used last first."""
    viewer = await info.context.viewer()
    rows = await info.context.auth.logins.enrollment.trusted_devices(viewer.user)
    return [TrustedDevice.of(row) for row in rows]


@query()
async def factor_reset(info: Info) -> FactorResetScheduled | None:
    """The reset that waits to take every factor off the account; null where none does.

    `cancelFactorReset` keeps the factors.
    """
    viewer = await info.context.viewer()
    effective_at = await info.context.auth.logins.second_factors.resets.waiting(viewer.user)
    return FactorResetScheduled(effective_at=effective_at) if effective_at else None
