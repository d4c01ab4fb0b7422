"""The links in mails: the token that each of them holds, and the page that it leads to.

A token is random, stored as a hash, good for one purpose, for one person and once. `Links` names
the page, which is the frontend's where the settings say so, and else ours.
"""

from authberry.links.links import Links
from authberry.links.one_time_tokens import OneTimeTokens, basis, digest
from authberry.links.pages import PAGES

__all__ = [
    "PAGES",
    "Links",
    "OneTimeTokens",
    "basis",
    "digest",
]
