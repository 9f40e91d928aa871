# SPDX-License-Identifier: GPL-3.0-or-later
"""The Grafana dashboard: well formed, and it asks only for what the endpoint really tells."""

import itertools
import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ptrgate.metrics.families import Host
from tests.unit.test_alerts import promtool
from tests.unit.test_docs import look

FILE = Path(__file__).parents[2] / "roles/monitoring/files/ptrgate.dashboard.json"
BOARD = json.loads(FILE.read_text())
PANELS = BOARD["panels"]
PLOTS = [panel for panel in PANELS if panel["type"] != "row"]
TITLES = [panel["title"] for panel in PLOTS]
SELECTOR = re.compile(r"(ptrgate_\w+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"by \(([\w, ]+)\)")
WIDTH = 24
UNITS = {"none", "s", "cps", "percentunit"}
OWN = {"instance", "le"}  # the labels of Prometheus and of histograms


def expressions():
    return [target["expr"] for panel in PLOTS for target in panel["targets"]]


def filled(expression):
    """Return an expression with Grafana's variables replaced, as Grafana does."""
    return expression.replace("$__rate_interval", "5m").replace("$host", ".*")


@pytest.fixture(scope="module")
def exported():
    """The labels of each sample that the endpoint tells of a host that knows everything."""
    registry = CollectorRegistry()
    registry.register(Host(look))
    text = generate_latest(registry).decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {one.name: set(one.labels) for one in samples}


def test_it_is_a_dashboard_that_grafana_can_import():
    assert {"title", "uid", "schemaVersion", "time", "templating", "annotations"} <= set(BOARD)
    assert {one["name"] for one in BOARD["templating"]["list"]} == {"datasource", "host"}
    assert "id" not in BOARD  # of another Grafana's database


def test_panels_are_told_apart():
    identities = [panel["id"] for panel in PANELS]
    assert (len(set(identities)), len(set(TITLES))) == (len(PANELS), len(PLOTS))


def cells(panel):
    at = panel["gridPos"]
    return set(
        itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
    )


def test_panels_neither_overlap_nor_leave_the_page():
    taken = [cell for panel in PANELS for cell in cells(panel)]
    assert len(set(taken)) == len(taken)
    assert {0 <= x < WIDTH for x, _ in taken} == {True}
    assert {y for _, y in taken} == set(range(max(y for _, y in taken) + 1))


@pytest.mark.parametrize("panel", PLOTS, ids=TITLES)
def test_each_panel_asks_and_names_its_source(panel):
    assert panel["type"] in ("stat", "timeseries")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    references = [target["refId"] for target in panel["targets"]]
    assert references == sorted(set(references))
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert {source["uid"] for source in sources} == {"${datasource}"}


def test_promtool_reads_each_expression(tmp_path):
    rules = [
        {"record": f"panel:{number}", "expr": filled(expression)}
        for number, expression in enumerate(expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = promtool("check", "rules", str(file))
    assert (done.returncode, f"{len(rules)} rules found" in done.stdout) == (0, True), done


@pytest.mark.parametrize("expression", expressions())
def test_what_it_asks_for_is_told(expression, exported):
    found = SELECTOR.findall(expression)
    assert found
    labels = set()
    for name, selector in found:
        assert name in exported
        asked = set(re.findall(r"(\w+)[=!]", selector))
        assert asked - OWN <= exported[name]
        labels |= exported[name]
    grouped = {label.strip() for by in GROUPED.findall(expression) for label in by.split(",")}
    assert grouped - OWN <= labels


@pytest.mark.parametrize("panel", PLOTS, ids=TITLES)
def test_legends_name_labels_that_are_there(panel, exported):
    for target in panel["targets"]:
        names = {name for name, _ in SELECTOR.findall(target["expr"])}
        known = set().union(*(exported[name] for name in names)) | OWN
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= known


def test_all_that_is_told_of_a_host_is_on_it(exported):
    left_out = {"ptrgate_policy_info", "ptrgate_workers_started_total"}
    left_out |= {"ptrgate_survey_seen_timestamp_seconds", "ptrgate_queue_counted_whole"}
    left_out |= {"ptrgate_gate_oldest_timestamp_seconds", "ptrgate_judging_seconds_count"}
    left_out |= {"ptrgate_judging_seconds_sum"}
    asked = {name for expression in expressions() for name, _ in SELECTOR.findall(expression)}
    asked.add("ptrgate_supervisor_seen_timestamp_seconds")  # the list of hosts is made of it
    assert set(exported) - asked == left_out
