"""All statements that are written out, by table."""

from authberry.models.database import Database
from authberry.models.statements.events import EventStatements
from authberry.models.statements.factors import FactorStatements
from authberry.models.statements.outbox import OutboxStatements
from authberry.models.statements.pending_logins import PendingLoginStatements
from authberry.models.statements.pruning import PruningStatements
from authberry.models.statements.session_use import SessionUseStatements
from authberry.models.statements.sessions import SessionStatements
from authberry.models.statements.users import UserStatements


class Statements:
    """The statements, for one database. Called within `Database.use`, like any model."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self.sessions = SessionStatements(database)
        self.session_use = SessionUseStatements(database)
        self.users = UserStatements(database)
        self.outbox = OutboxStatements(database)
        self.events = EventStatements(database)
        self.pruning = PruningStatements(database)
        self.factors = FactorStatements(database)
        self.pending_logins = PendingLoginStatements(database)
