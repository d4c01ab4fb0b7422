"""Work that is little, counted in CPU time; a busy machine makes it longer, but not by orders."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def little_work(seconds: float) -> Iterator[None]:
    """Assert that the block costs less than so much, of all threads.

    Collecting garbage is no work of the block's: it costs as much as the tests before have left.
    """
    gc.collect()
    gc.disable()
    begun = time.process_time()
    try:
        yield
        assert time.process_time() - begun < seconds
    finally:
        gc.enable()
