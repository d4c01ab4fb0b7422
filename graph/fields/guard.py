"""What stands around each field of ours: its guard, and the translation of refusals."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from graphql import GraphQLSchema
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.context import Info, in_own_context
from authberry.graph.errors import as_data, as_error, masked
from authberry.graph.fields.directives import Authenticated, RequiresLogin
from authberry.graph.strawberry_internals import extensions_of
from authberry.logins import RECENT
from authberry.models import DatabaseUnavailable

_RECENT = RequiresLogin(max_age=int(RECENT.total_seconds()))

Convert: TypeAlias = Callable[[Any], Any]


class GuardExtension(FieldExtension):
    """Guards a field and translates what its rule raises; goes with it into any schema."""

    def __init__(
        self,
        *,
        public: bool,
        credential: bool,
        recent: bool = False,
        convert: Convert | None = None,
    ) -> None:
        """Mark the field.

        Args:
            public: Anybody may use it.
            credential: It takes or gives a secret: at most one such field in a request, so that a
                document cannot hold a hundred guesses, and none over a WebSocket.
            recent: Only somebody who has just proved who they are may use it, with a second factor
                if they have one.
            convert: For a schema with types of its own in the place of ours: makes them of ours.
        """
        self.public = public
        self.credential = credential
        self.recent = recent
        self._convert = convert

    def with_conversion(self, convert: Convert) -> "GuardExtension":
        """Return the same for a schema with types of its own."""
        return GuardExtension(
            public=self.public,
            credential=self.credential,
            recent=self.recent,
            convert=convert,
        )

    def apply(self, field: StrawberryField) -> None:
        """Let the schema definition say that the field needs somebody."""
        if not self.public and Authenticated() not in field.directives:
            field.directives.append(Authenticated())
        if self.recent and _RECENT not in field.directives:
            field.directives.append(_RECENT)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Resolve the field for somebody known, or for anybody where it is public."""
        info = in_own_context(info)
        context = info.context
        try:
            if self.credential:
                context.admit_credential()
            if self.recent:
                await context.viewer_of_recent_login()
            elif not self.public:
                await context.viewer()
            answer = await next_(source, info, **kwargs)
            return self._convert(answer) if self._convert else answer
        except AuthError as refusal:
            error = refusal
        except DatabaseUnavailable:
            error = ServiceUnavailable()
        except Exception as unforeseen:  # noqa: BLE001 - masked, whatever it is
            raise masked(unforeseen, context.request_id) from None
        context.add_refusal_headers(error)
        if (data := as_data(error, info)) is not None:
            return data
        raise as_error(error)


def credential_fields(schema: GraphQLSchema) -> frozenset[str]:
    """The root fields that take or give a secret, under the names they have in this schema."""
    return frozenset(
        name
        for root in (schema.mutation_type, schema.query_type)
        if root is not None
        for name, field in root.fields.items()
        for extension in extensions_of(field)
        if isinstance(extension, GuardExtension) and extension.credential
    )
