"""An account that may be made: what it is to have was looked at, and nothing is written."""

from dataclasses import dataclass, field
from uuid import uuid4

from authberry import email_addresses
from authberry.accounts.new_addresses import new_address
from authberry.accounts.profile_fields import ROLE, name_of
from authberry.errors import InvalidInput
from authberry.models import User
from authberry.passwords import PasswordPolicy, PreparedPassword, prepare
from authberry.resources import Resources
from authberry.settings import PREFIX


@dataclass(frozen=True, slots=True)
class Draft:
    """An account that may be made: nothing is written yet, and no password hashed."""

    user: User
    password: PreparedPassword | None = field(repr=False)


@dataclass(frozen=True, eq=False)
class Drafts:
    """Looks at what accounts are to have."""

    resources: Resources
    policy: PasswordPolicy

    async def draft(
        self,
        email: str,
        password: str | None,
        name: str | None = None,
        roles: tuple[str, ...] = (),
    ) -> Draft:
        """Look at what an account is to have, and at no other account.

        Raises:
            InvalidInput, WeakPassword: as `create`.
        """
        address, known_as = new_address(self.resources.settings, email), name_of(name)
        if not all(ROLE.fullmatch(role) for role in roles):
            raise InvalidInput("role", "A role is 1 to 64 letters, digits and any of _ - : . /")
        for role in roles:
            if not self.resources.settings.knows_role(role):
                raise InvalidInput("role", f"There is no role {role} in {PREFIX}ROLES.")
        prepared = None
        if password is not None:
            prepared = await self.policy.accept(prepare(password), address, known_as)
        now = self.resources.clock.now()
        user = User(
            id=uuid4(),
            **email_addresses.stored(address),
            name=known_as,
            roles=list(roles),
            created_at=now,
        )
        return Draft(user, prepared)
