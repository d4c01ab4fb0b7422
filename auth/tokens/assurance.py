"""How sure it is who somebody is: the levels of assurance, least first.

`aal1` and `aal2` are those of NIST SP 800-63B-4; `phr` is resistant to phishing, as OpenID Connect
Extended Authentication Profile ACR Values 1.0 (section 2) names it: a passkey that has verified its
user.
"""

AAL1, AAL2, PHR = "aal1", "aal2", "phr"
LEVELS = (AAL1, AAL2, PHR)


def reaches(acr: str, wanted: str) -> bool:
    """Whether `acr` is at least the level that is wanted; a level nobody knows reaches none."""
    return acr in LEVELS and LEVELS.index(acr) >= LEVELS.index(wanted)


def higher(one: str, other: str) -> str:
    """Return the higher of two levels."""
    return one if reaches(one, other) else other
