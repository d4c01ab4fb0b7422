"""Names for this machine."""


def at(host_name: str, url: str) -> str:
    """The same port under another name."""
    return url.replace("127.0.0.1", host_name)
