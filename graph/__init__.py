"""The GraphQL surface."""

from authberry.graph.context import Context
from authberry.graph.schema import build_schema, print_sdl

__all__ = ["Context", "build_schema", "print_sdl"]
