"""Our fields in somebody else's schema."""

import pytest
from apps import ada, app, auth, database_url, issued, make_app, tables
from hosts import INTEGRATIONS
from log_lines import log

__all__ = ["ada", "app", "auth", "database_url", "issued", "log", "make_app", "tables"]


@pytest.fixture(params=INTEGRATIONS)
def integration(request: pytest.FixtureRequest) -> str:
    """Each way to serve a Strawberry schema that a host may have chosen."""
    return str(request.param)
