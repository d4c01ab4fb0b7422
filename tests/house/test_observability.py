"""What is said of the metrics, and drawn of them, is what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authberry.events.log import Event, SecurityLog
from authberry.metrics import Metrics

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "observability.md").read_text("utf-8")
DASHBOARD: dict[str, Any] = json.loads((DOCS / "grafana" / "authberry.json").read_text("utf-8"))
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """A catalogue in which one of everything has happened."""
    metrics = Metrics()
    SecurityLog(metrics)
    count, take_time = metrics.request("POST", "/graphql", 200)
    count()
    take_time(0.1)
    metrics.operation("login", "OK")
    metrics.pool({"used": 1, "idle": 1})
    metrics.overdue("accounts", 1, 1.0)
    return metrics


def documented() -> dict[str, set[str]]:
    """The table: each metric's labels."""
    rows = re.findall(r"^\| `(authberry_\w+)` \| (.*?) ?\|", TEXT, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def queries() -> Iterator[str]:
    """Every PromQL expression of the dashboard and of the alerts."""
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (variable["definition"] for variable in DASHBOARD["templating"]["list"][1:])
    yield from re.findall(r"expr: (.+)", TEXT)


def test_every_metric_is_documented_and_every_documented_one_there(metrics: Metrics) -> None:
    """By the name that is exposed, and with its labels."""
    exposed = {
        metric.name + ("_total" if metric.type == "counter" else ""): {
            label for sample in metric.samples for label in sample.labels
        }
        - {"le"}
        for metric in metrics.collect()
    }
    assert documented() == exposed


def test_every_query_asks_for_what_there_is(metrics: Metrics) -> None:
    """Series, labels and events: a panel that is spelt wrongly is empty, and nobody is woken."""
    series = {
        metric.name + suffix: {label for sample in metric.samples for label in sample.labels}
        for metric in metrics.collect()
        for suffix in SUFFIXES[metric.type]
    }
    events = {event.value[0] for event in Event}
    asked = set()
    for query in queries():
        names = re.findall(r"\bauthberry_\w+", query)
        assert names
        asked |= set(names)
        assert set(names) <= series.keys()
        labels = {label for name in names for label in series[name]} | {"job", "instance"}
        matched = re.findall(r"(\w+)=~?\"", query)
        grouped = re.findall(r"by \(([^)]+)\)", query)
        assert {*matched, *(one.strip() for group in grouped for one in group.split(","))} <= labels
        assert set(re.findall(r'event="(\w+)"', query)) <= events
    bases = {re.sub(r"_bucket$", "", name) for name in asked}
    assert bases == documented().keys()


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    """Any data source, any job; panels with ids of their own, beside one another."""
    assert DASHBOARD["schemaVersion"] >= 39
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == [
        "datasource",
        "job",
    ]
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all('job=~"$job"' in target["expr"] for target in panel["targets"])
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        taken = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert cells.isdisjoint(taken)
        cells |= taken
