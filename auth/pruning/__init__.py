"""Pruning: rows that nobody can need any more are deleted, so gently that no request waits.

What is due by law goes first: accounts, links, events; then keys and sessions. They take turns, a
page each, so that none waits until another is done. Whatever an index tells to be due is found by
it, so that a start reads nothing in vain; sessions, of which a rotation may write no index, are
walked by key, from where the last walk stopped.

Behind each page comes a rest of nine times as long as the page took: a database that is slow
because it is busy is left alone for longer. To stop anywhere does no harm, nor do two walks at
once: the second finds nothing to delete.
"""

from authberry.pruning.progress import Progress
from authberry.pruning.pruning import Pruning

__all__ = ["Progress", "Pruning"]
