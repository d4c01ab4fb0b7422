"""How a document becomes an answer: parsed, measured, validated, run, its errors masked.

`Schema` does it; `limits` says how large a document may be, and `documents` remembers those that
were checked before.
"""

from authberry.graph.execution.limits import count_fields
from authberry.graph.execution.schema import Schema

__all__ = ["Schema", "count_fields"]
