"""Mail, from the order to a real SMTP server."""

from apps import database_url, tables
from log_lines import log
from processes import rules, serve, visit
from smtp import authority, mail_server, make_mail_server, trust

__all__ = [
    "authority",
    "database_url",
    "log",
    "mail_server",
    "make_mail_server",
    "rules",
    "serve",
    "tables",
    "trust",
    "visit",
]
