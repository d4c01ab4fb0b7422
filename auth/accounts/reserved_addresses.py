"""Who may have an address: nobody beside its owner, nor, for a while, beside its former owner."""

from dataclasses import dataclass

from tortoise.expressions import Q

from authberry.email_addresses import AddressForms
from authberry.errors import EmailTaken
from authberry.models import OneTimeToken, User
from authberry.resources import Resources
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class ReservedAddresses:
    """Keeps an address for whom a link can still give it back to.

    Else whoever stole an account and changed its address could register the former one, and the
    link that undoes the change would find it taken.
    """

    resources: Resources

    async def refuse_taken(self, user: User) -> None:
        """Say that an address is taken before a hash, which is dear, is made for it.

        The unique index decides all the same, and then `refuse_reserved`.

        Raises:
            EmailTaken: somebody has the address, or may have it back.
        """
        with self.resources.database.use():
            spellings = AddressForms.of(user.email).spellings
            if await self.resources.statements.users.by_email(spellings):
                raise EmailTaken
            await self.refuse_reserved(user)

    async def add(self, user: User) -> None:
        """Write an account, inside a transaction, unless somebody else may have its address.

        That somebody has it is a conflict of the transaction.

        Raises:
            EmailTaken: somebody may have the address back.
        """
        await user.save(force_create=True)
        await self.refuse_reserved(user)

    async def refuse_reserved(self, user: User) -> None:
        """Refuse an address, once it is written and before that is committed.

        Not sooner: of an address that is given up in the same moment, PostgreSQL shows the link
        that gives it back only to a statement that begins after the unique index let this one by.

        Raises:
            EmailTaken: somebody else may have the address back.
        """
        if await self.is_reserved(user.email, user):
            raise EmailTaken

    async def is_reserved(self, address: str, user: User) -> bool:
        """Whether a link can still give an address back to somebody other than this person."""
        spellings = AddressForms.of(address).spellings
        links = OneTimeToken.filter(
            Q(email_key__in=spellings) | Q(email__in=spellings),
            purpose=LinkPurpose.UNDO_EMAIL_CHANGE.value,
            expires_at__gt=self.resources.clock.now(),
        )
        return await links.exclude(user_id=user.id).exists()
