"""How large a request's body may be, and how long reading it and answering it may take."""

MAX_BODY_BYTES = 64 * 1024
READ_TIMEOUT = 10  # seconds
OPERATION_TIMEOUT = 10  # seconds
