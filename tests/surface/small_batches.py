"""clairvoyance, with batches of names that are small enough for this server to look at them.

It asks for 64, and takes it that the server said no to each by name; this one refuses more than 20
root fields without a look at any. Whoever is in earnest would ask for less. Run by the Python that
has clairvoyance.
"""

from importlib import import_module

from clairvoyance import config

AT_ONCE = 16


class SmallBatches(config.Config):  # type: ignore[misc] # it is not here when this is checked
    """Its settings but for one."""

    def __init__(self) -> None:
        """Ask for fewer names."""
        super().__init__()
        self._bucket_size = AT_ONCE


if __name__ == "__main__":
    program = import_module("clairvoyance.cli")  # of which the package has only the function
    program.Config = SmallBatches  # type: ignore[attr-defined] # likewise
    program.cli()
