"""What came out, as one JSON value, from which the picture is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench.machine import hardware
from tests.storm.clients import KILL
from tests.storm.storm import Report

OUTCOME = (
    *("honest", "late", "still_in", "strays", "stolen", "ended", "thieves_in"),
    *("thefts", "ended_others", "server_errors"),
)
MOST_VIOLATIONS = 20
"""So many are written down; their number says how many there were."""


def facts(report: Report) -> dict[str, Any]:
    """Write down a storm."""
    tally, outcome, contestant = report.tally, report.outcome, report.contestant
    return {
        "contestant": contestant.name,
        "database": contestant.workspace.kind,
        "remark": contestant.remark,
        "versions": dict(contestant.versions()),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": dict(hardware()),
        "load_average": report.load,
        "plan": asdict(report.plan),
        "lasted": round(report.lasted, 1),
        "kills": sum(one.what == KILL for one in tally.happenings),
        "connections_broken": tally.broken,
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "chances": dict(tally.chances),
        "refreshes": dict(tally.refreshes),
        "keys_that_signed": len(tally.headers),
        "milliseconds": _quantiles(tally.latencies),
        "outcome": {
            **{name: getattr(outcome, name) for name in OUTCOME},
            "live_tokens": {str(n): count for n, count in sorted(outcome.live_tokens.items())},
            "refusals": dict(tally.refusals),
        },
        "has_rows": outcome.has_rows,
        "violations": len(outcome.violations),
        "first_violations": outcome.violations[:MOST_VIOLATIONS],
        "by_second": _by_second(report),
        "happenings": [[one.at, one.what] for one in tally.happenings],
        "leavings": outcome.leavings,
    }


def _by_second(report: Report) -> list[Mapping[str, int]]:
    seconds = int(report.lasted) + 1
    return [dict(report.tally.by_second.get(second, {})) for second in range(seconds)]


def _quantiles(latencies: Sequence[float]) -> dict[str, float]:
    """Of refreshes while it stormed, as a client sees them: the tries that a kill cut are in it."""
    ordered = sorted(latencies)
    places = {"median": 0.5, "p99": 0.99, "most": 1.0}
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in places.items()
        if ordered
    }
