"""The room's services, wired."""

from dataclasses import dataclass
from typing import Self

from authberry.passwords.hashing import PasswordHasher
from authberry.passwords.policy import PasswordPolicy
from authberry.resources import Resources


@dataclass(frozen=True, eq=False)
class Passwords:
    """What hashes and compares passwords, and what decides which may be set."""

    hasher: PasswordHasher
    policy: PasswordPolicy

    @classmethod
    def wire(cls, resources: Resources) -> Self:
        """Begin the threads that hash."""
        return cls(PasswordHasher(resources.metrics), PasswordPolicy(resources.settings))
