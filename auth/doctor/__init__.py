"""What is missing, dangerous or broken in an installation, in words that say what to do.

`examine` looks at the settings alone, and `refuse_danger` keeps production from starting with what
it finds; `diagnose` looks at everything that the settings name as well: files, database, keys,
clocks, the throttle's store, the mail server, templates, other people's providers.
"""

from authberry.doctor.diagnosis import diagnose
from authberry.doctor.examination import examine, refuse_danger, warn_of_lifetime

__all__ = [
    "diagnose",
    "examine",
    "refuse_danger",
    "warn_of_lifetime",
]
