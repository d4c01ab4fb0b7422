"""The ways in to an account, so that the last one stays; and what can be proved at any time."""

from uuid import UUID

from authberry.models import ExternalIdentity, Passkey, User
from authberry.resources import Resources


async def has_way_in(resources: Resources, user_id: UUID, *, without: UUID) -> bool:
    """Whether somebody can log in without one of their passkeys or identities.

    By a password, another passkey, another identity whose provider is configured, or a link that is
    mailed to an address which is proved. Inside the transaction that takes the one away.
    """
    user = await User.get(id=user_id)
    if user.password_hash or _has_mail(resources, user):
        return True
    if await Passkey.filter(user_id=user_id).exclude(id=without).exists():
        return True
    issuers = [one.issuer for one in resources.settings.providers.values()]
    usable = ExternalIdentity.filter(user_id=user_id, issuer__in=issuers)
    return bool(issuers) and await usable.exclude(id=without).exists()


async def can_prove_afresh(resources: Resources, user: User) -> bool:
    """Whether somebody can prove who they are at any time, if their provider does not ask them to.

    By a password, a factor, a link by mail, or at a provider that does. Within `Database.use`.
    """
    if user.password_hash or _has_mail(resources, user):
        return True
    if not (await resources.statements.factors.held(user.id)).is_empty:
        return True
    providers = resources.settings.providers.values()
    issuers = [one.issuer for one in providers if one.can_reauthenticate]
    usable = ExternalIdentity.filter(user_id=user.id, issuer__in=issuers)
    return bool(issuers) and await usable.exists()


def _has_mail(resources: Resources, user: User) -> bool:
    return resources.settings.sends_mail and user.email_verified
