# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules: promtool takes them, each fires when it should, each has its words."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.unit.test_docs import metrics

ROOT = Path(__file__).parents[2]
FILE = ROOT / "roles/monitoring/files/ptrgate.rules.yml"
RULES = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
CASES = yaml.safe_load((ROOT / "tests/alerts.yml").read_text())
NAMES = [rule["alert"] for rule in RULES]
METRIC = re.compile(r"\bptrgate_[a-z_]+")


def promtool(*arguments):
    """Run promtool of Debian's package prometheus, which lab/setup puts beside the tools."""
    program = Path(sys.prefix) / "bin/promtool"
    command = [program if program.exists() else shutil.which("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told(series, host="mx"):
    """Return a series of that host."""
    name, _, labels = series.partition("{")
    return f'{name}{{instance="{host}"{"," + labels if labels else "}"}'


def asked(case, what):
    """Return promtool's test of one case: how many alerts fire."""
    query = f'count(ALERTS{{alertname="{case["alert"]}",alertstate="firing",instance="mx"}}) or'
    series = [{"series": told(name), "values": str(v)} for name, v in case[what].items()]
    return {
        "name": f"{case['alert']} {what}",
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [
            {
                "expr": f"{query} vector(0)",
                "eval_time": f"{case['after']}m",
                "exp_samples": [{"labels": "{}", "value": int(what == "fires")}],
            }
        ],
    }


def cases(what):
    return [asked(case, what) for case in CASES if what in case]


def verdict(place, asking):
    file = place / "test.yml"
    file.write_text(
        yaml.safe_dump(
            {"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": asking}, width=1000
        )
    )
    return promtool("test", "rules", str(file))


def test_promtool_takes_the_rules():
    done = promtool("check", "rules", str(FILE))
    assert (done.returncode, f"{len(RULES)} rules found" in done.stdout) == (0, True), done


@pytest.mark.parametrize("what", ["fires", "silent"])
def test_each_alert(what, tmp_path):
    done = verdict(tmp_path, cases(what))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_can_fail(tmp_path):
    turned = [case | {"fires": case["silent"]} for case in CASES if {"fires", "silent"} <= {*case}]
    done = verdict(tmp_path, [asked(case, "fires") for case in turned])
    failed = set(re.findall(r"alertname=\\?\"(\w+)", done.stderr + done.stdout))
    assert failed == set(NAMES), done.stderr[-2000:]


@pytest.mark.parametrize("what", ["fires", "silent"])
def test_each_alert_is_tried_both_ways(what):
    assert set(NAMES) - {case["alert"] for case in CASES if what in case} == set()


def test_what_the_rules_ask_for_is_told():
    exported = {re.sub(r"_(bucket|count|sum)$", "", name) for name in metrics()}
    named = {name for rule in RULES for name in METRIC.findall(rule["expr"])}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} - exported == set()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_each_has_a_section_of_the_runbook(rule):
    file, _, section = rule["annotations"]["runbook"].partition("#")
    heads = re.findall(r"^### (.+)$", (ROOT / file).read_text(), re.MULTILINE)
    assert section == rule["alert"].lower()
    assert rule["alert"] in heads


def test_the_runbook_has_no_other_alerts():
    heads = re.findall(
        r"^### (Ptrgate\w+)$", (ROOT / "docs/operating.md").read_text(), re.MULTILINE
    )
    assert heads == NAMES


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_each_says_where_and_how_bad(rule):
    assert rule["labels"]["severity"] in ("page", "ticket", "info")
    assert "$labels.instance" in rule["annotations"]["summary"]
