"""What a provider has said of somebody, as it is kept until it is acted upon."""

import json
from datetime import datetime

from authberry.providers import ExternalAccount
from authberry.signing import Proof


def written(account: ExternalAccount) -> str:
    """Write it as JSON."""
    proof, proved_at = account.proof, account.authenticated_at
    return json.dumps(
        {
            "provider": account.provider,
            "issuer": account.issuer,
            "subject": account.subject,
            "email": account.email,
            "email_verified": account.email_verified,
            "name": account.name,
            "proof": {"amr": proof.amr, "acr": proof.acr},
            "authenticated_at": proved_at and proved_at.isoformat(),
        }
    )


def read(text: str) -> ExternalAccount:
    """Read what `written` wrote."""
    kept = json.loads(text)
    proof = kept.pop("proof")
    at = kept.pop("authenticated_at")
    return ExternalAccount(
        **kept,
        proof=Proof(tuple(proof["amr"]), proof["acr"]),
        authenticated_at=datetime.fromisoformat(at) if at else None,
    )
