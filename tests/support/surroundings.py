"""What a process inherits from whoever starts it, put back to what is usual.

A job in a script's background ignores SIGINT, a server of builds has a time zone, a proxy and a
language of its own; and all of it would go on to the programs that tests start.
"""

import os
import signal
import time

DROPPED = (
    "AUTHBERRY_",
    "CLICOLOR",
    "COLORTERM",
    "COLUMNS",
    "FORCE_COLOR",
    "FORWARDED_ALLOW_IPS",
    "GIT_",
    "LANG",
    "LC_",
    "LINES",
    "NODE_ENV",
    "NODE_OPTIONS",
    "NO_COLOR",
    "OTEL_",
    "PG",
    "PYTHON",
    "TZ",
    "UVICORN_",
    "WEB_CONCURRENCY",
)
"""How variables begin that Python, a library or a program of ours reads."""
KEPT = ("PYTHONPATH",)
SET = {
    "LANG": "C.UTF-8",
    # Our servers have no TLS, and are not asked for it: where that is cut short, asyncpg leaves an
    # error that nobody takes, and whatever test runs then fails of it. A URL can say otherwise.
    "PGSSLMODE": "disable",
    "TERM": "xterm-256color",
}
LOOPBACK = "127.0.0.1,::1,localhost"
IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}
"""Which `subprocess` puts back by itself."""


def put_back() -> None:
    """Stand where a program stands that somebody starts at a terminal of their own."""
    _signals()
    _variables()
    os.umask(0o022)
    time.tzset()


def _signals() -> None:
    for number in signal.valid_signals() - IGNORED_BY_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _variables() -> None:
    for name in [name for name in os.environ if name.startswith(DROPPED) and name not in KEPT]:
        del os.environ[name]
    os.environ.update(SET)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), LOOPBACK)))
