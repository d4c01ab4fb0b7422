"""Plans of PostgreSQL, read for what grows with the tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
from recorded_statements import Statement

GROWING = {
    "authberry_event",
    "authberry_factor_reset",
    "authberry_one_time_token",
    "authberry_outbox",
    "authberry_passkey",
    "authberry_pending_login",
    "authberry_recovery_code",
    "authberry_refresh_token",
    "authberry_spent_challenge",
    "authberry_totp",
    "authberry_trusted_device",
    "authberry_user",
}
TRIES = 6
"""Of a prepared statement PostgreSQL plans five times for the values, and then also in general."""

_SCANS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan", "Bitmap Heap Scan"}
_COLLECTING = {"Sort", "Hash", "Aggregate", "Materialize", "Unique"}

Node = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Reads a plan; a set of `many` rows and more grows with the tables."""

    many: int

    def problems(self, node: Node, *, is_limited: bool = False) -> Iterator[str]:
        """Say what of a plan takes longer the larger the tables are."""
        kind, relation = node["Node Type"], node.get("Relation Name", "")
        is_index_scan = kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
        children = node.get("Plans", [])
        if kind == "Seq Scan" and relation in GROWING:
            yield f"reads all of {relation}"
        elif is_index_scan and "Index Cond" not in node and "Filter" in node:
            yield f"reads an index of {relation} until it finds what it looks for"
        elif kind in _SCANS and not is_limited and node["Plan Rows"] >= self.many:
            yield f"reads {node['Plan Rows']} rows of {relation or node.get('Index Name')} at once"
        if kind in _COLLECTING and any(one["Plan Rows"] >= self.many for one in children):
            yield f"collects a set that grows: {kind}"
        # Until whatever has to see all of its rows before it returns the first.
        below = (is_limited and kind not in _COLLECTING) or kind == "Limit"
        for child in children:
            yield from self.problems(child, is_limited=below)


async def plans_of(connection: asyncpg.Connection, statement: Statement) -> list[Node]:
    """Return the plans of a prepared statement: the first, and that of the long run."""
    values = ", ".join("NULL" if one is None else f"$v${one}$v$" for one in statement.values)
    arguments = f"({values})" if values else ""
    await connection.execute(f"PREPARE explained AS {statement.sql}")
    try:
        plans = []
        for _ in range(TRIES):
            explained = await connection.fetchval(
                f"EXPLAIN (FORMAT JSON) EXECUTE explained{arguments}"
            )
            plans.append(json.loads(explained)[0]["Plan"])
    finally:
        await connection.execute("DEALLOCATE explained")
    return [plans[0], plans[-1]]
