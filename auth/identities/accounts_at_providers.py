"""What a provider has said of somebody, as it is kept until it is acted upon."""

import json

from authberry.providers import ExternalAccount
from authberry.signing import Proof


def written(account: ExternalAccount) -> str:
    """Write it as JSON."""
    proof = account.proof
    return json.dumps(
        {
            "provider": account.provider,
            "issuer": account.issuer,
            "subject": account.subject,
            "email": account.email,
            "email_verified": account.email_verified,
            "name": account.name,
            "proof": {"amr": proof.amr, "acr": proof.acr},
        }
    )


def read(text: str) -> ExternalAccount:
    """Read what `written` wrote."""
    kept = json.loads(text)
    proof = kept.pop("proof")
    return ExternalAccount(**kept, proof=Proof(tuple(proof["amr"]), proof["acr"]))
