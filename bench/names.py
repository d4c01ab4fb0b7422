"""What the work of an unusual server is called, for those who measure and those who compare."""

MEMORY_STRICT = "memory, strict"
ALL_CORES = ", all cores"
ONE_WORKER = ", 1 worker"
TWO_WORKERS = ", 2 workers"


def sessions_stored(power: int) -> str:
    """Name a table of ten to the power of so many sessions."""
    return f", 10^{power} sessions"
