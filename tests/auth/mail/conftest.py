"""Mail, from the order to a real SMTP server."""

from apps import database_url, tables
from log_lines import log
from processes import open_browser, rules, serve
from smtp import authority, mail_server, make_mail_server, trust

__all__ = [
    "authority",
    "database_url",
    "log",
    "mail_server",
    "make_mail_server",
    "open_browser",
    "rules",
    "serve",
    "tables",
    "trust",
]
