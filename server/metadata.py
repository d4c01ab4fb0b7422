"""The documented address of `well_known`; the metadata itself is in `authberry.server.oauth`."""

from authberry.server.oauth import well_known

__all__ = ["well_known"]
