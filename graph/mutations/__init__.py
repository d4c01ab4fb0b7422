"""The mutations, one file each, in the rooms of the rules that they call."""

from authberry.graph.mutations.auth_mutation import AuthMutation

__all__ = ["AuthMutation"]
