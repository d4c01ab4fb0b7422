"""Change the name and the language."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidInput
from authberry.graph.fields import mutation
from authberry.graph.types import User

UpdateProfileResult = Annotated[User | InvalidInput, strawberry.union("UpdateProfileResult")]


@mutation()
async def update_profile(
    info: Info,
    name: str | None = strawberry.UNSET,
    locale: str | None = strawberry.UNSET,
) -> UpdateProfileResult | None:
    """Change the name, and the language of mails: `en`, `ko`, or whatever else there is.

    What is left out stays; null clears it. `TOO_MANY_ATTEMPTS` after too many changes.
    """
    viewer = await info.context.viewer()
    named = {"name": name, "locale": locale}
    wanted = {field: value for field, value in named.items() if value is not strawberry.UNSET}
    user = await info.context.auth.accounts.profiles.update(viewer, info.context.client, **wanted)
    return User.of(user)
