"""Settings: which other services ask, and what is shown to developers and operators."""

from typing import Literal

from pydantic import Field

from authberry.settings.service import ServiceSettings
from authberry.settings.values import OAuthClients


class OperationSettings(ServiceSettings):
    """Other services, GraphiQL, metrics and the log."""

    federation: bool = False
    oauth_clients: OAuthClients = Field(default=(), repr=False)

    graphiql: bool | None = None
    introspection: bool | None = None
    metrics_token: str = Field(default="", repr=False)
    log_format: Literal["console", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def shows_graphiql(self) -> bool:
        """Whether a browser gets GraphiQL."""
        return not self.is_production if self.graphiql is None else self.graphiql

    @property
    def shows_metrics(self) -> bool:
        """Whether there is anything at `/metrics`; in production it takes a token."""
        return not self.is_production or bool(self.metrics_token)

    @property
    def allows_introspection(self) -> bool:
        """Whether clients may ask for the schema."""
        return not self.is_production if self.introspection is None else self.introspection
