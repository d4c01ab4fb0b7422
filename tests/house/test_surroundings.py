"""Programs that tests start are the same, whoever starts the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import surroundings

CHILD = """
import json, os, signal, sys, time
umask = os.umask(0)
blocked = [int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)
ignored = [one.name for one in numbers if signal.getsignal(one) == signal.SIG_IGN]
names = sorted(set(os.environ) & set(sys.argv[1:]))
print(json.dumps([umask, blocked, ignored, names, time.tzname[0], os.environ["NO_PROXY"]]))
"""
PARENT = """
import subprocess, sys
from surroundings import put_back
put_back()
sys.exit(subprocess.run([sys.executable, "-c", {child!r}, *sys.argv[1:]]).returncode)
"""
HOSTILE = {
    "AUTHBERRY_ENV": "production",
    "COLUMNS": "20",
    "FORCE_COLOR": "1",
    "LC_ALL": "C",
    "OTEL_SDK_DISABLED": "true",
    "PGHOST": "db.example.com",
    "PYTHONOPTIMIZE": "2",
    "TZ": "Asia/Seoul",
}


def test_nothing_is_inherited_from_who_starts_the_tests() -> None:
    """Signals that are ignored or blocked, the umask, and variables that somebody reads."""
    begin = 'umask 077; trap "" INT QUIT HUP TERM; exec "$@"'
    ran = subprocess.run(  # noqa: S603 - ours
        ["/bin/sh", "-c", begin, "sh", sys.executable, "-c", PARENT.format(child=CHILD), *HOSTILE],
        env={**os.environ, **HOSTILE, "PYTHONPATH": str(Path(surroundings.__file__).parent)},
        capture_output=True,
        check=True,
    )
    umask, blocked, ignored, names, zone, proxies = json.loads(ran.stdout)
    assert (umask, blocked, ignored, names, zone) == (0o022, [], [], [], "UTC")
    assert proxies.endswith("127.0.0.1,::1,localhost")
