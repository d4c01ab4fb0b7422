"""`python -m bench`, or rather `nox -s bench`, which installs what it needs."""

from bench.cli import main

main()
