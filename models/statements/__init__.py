"""The statements that every request, login or mail needs, written out, a file for each table.

Tortoise builds a query anew each time, which for these costs several times what the database does.
Each of them replaces the ORM form that its docstring names, and tests/models/statements holds the
two against each other. The texts are for PostgreSQL, and `dialect` writes them for SQLite.
"""

from authberry.models.statements.events import NewEvent
from authberry.models.statements.held_factors import HeldFactors
from authberry.models.statements.session_use import Use
from authberry.models.statements.sessions import SURPLUS_PAGE, Claim
from authberry.models.statements.statements import Statements

__all__ = ["SURPLUS_PAGE", "Claim", "HeldFactors", "NewEvent", "Statements", "Use"]
