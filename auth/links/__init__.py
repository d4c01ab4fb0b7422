"""The links in mails: the token that each of them holds, and the page that it leads to.

A token is random, stored as a hash, good for one purpose, for one person and once. Whoever opens a
link again that has confirmed an address is told so (`AlreadyConfirmed`). `Links` names the page,
which is the frontend's where the settings say so, and else ours.
"""

from authberry.links.links import Links
from authberry.links.one_time_tokens import AlreadyConfirmed, basis, digest
from authberry.links.pages import PAGES

__all__ = [
    "PAGES",
    "AlreadyConfirmed",
    "Links",
    "basis",
    "digest",
]
