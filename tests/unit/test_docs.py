# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents and the example inventory name exists: files, targets, variables, verbs."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ptrgate.cli.frame import VERBS
from ptrgate.cli.gate import ORDERS
from ptrgate.fleet.status import Status
from ptrgate.metrics.families import Host
from ptrgate.metrics.look import Look
from ptrgate.milter.journal import KEYS
from ptrgate.outbound.gate import FamilyState, Mode, start
from ptrgate.outbound.state import Record
from ptrgate.outbound.verdict import Family
from ptrgate.shared.bulletin import Bulletin
from ptrgate.shared.layout import BOUNDS, Counter, Gauge, Session
from ptrgate.shared.tally import Tally
from ptrgate.survey.certificates import Shown
from ptrgate.survey.noted import Survey
from ptrgate.survey.queue import Queue

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "inventory/example/README.md"]
PAGES += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
EXAMPLE = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "inventory/example").rglob("*.yml")
)
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if (path / "tasks").is_dir())

# directories whose paths are meant as they stand; the operator's own copy is not there yet
TOPS = {path.name for path in ROOT.iterdir()} - {"build", ".git", ".venv"}
OWN_COPY = "inventory/mine"
MAKE = re.compile(r"^make ((?:[a-z]+ ?)+)", re.MULTILINE)
GATE = re.compile(r"\bptrgate gate ([a-z]+)")
VERB = re.compile(r"(?:^|-m )ptrgate ([a-z]+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)[^)]*\)")
VARIABLE = re.compile(rf"(?<![\w./-])(?:ptrgate|{'|'.join(ROLES)})_[a-z_]*[a-z](?![\w.*/(])")
UNIT = re.compile(r"(?<![\w./-])ptrgate-(?!lab\b)[a-z]+(?![\w*-])")


def text(page):
    return (ROOT / page).read_text()


def code(page):
    """Return what stands between backticks, one piece a line; fences first."""
    fences = re.findall(r"^```\w*\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text(page), flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fences, *re.findall(r"`([^`\n]+)`", rest)])


def paths(page):
    """Return the words of the code that begin with something of this repository."""
    words = {word.strip(",;:()'\"") for word in code(page).split()}
    inside = {word for word in words if word.split("/")[0] in TOPS and "<" not in word}
    return {word for word in inside if not word.startswith(OWN_COPY)}


def variables():
    """Return every variable that a role declares, a default refers to, or Postfix is told."""
    known = set(re.findall(r"^  (\w+):", text("roles/postfix/vars/main.yml"), re.MULTILINE))
    for path in (ROOT / "roles").glob("*/defaults/main.yml"):
        known |= set(VARIABLE.findall(path.read_text())) | set(yaml.safe_load(path.read_text()))
    return known


def look():
    """Return a look at a host that knows something of everything."""
    tally = Tally(
        {Session("ok", "default", "accept", "connect", "v4"): 1},
        (0,) * len(BOUNDS), 0, {"dns": 1}, 0,
        dict.fromkeys(Counter, 0), dict.fromkeys(Gauge, 0),
    )  # fmt: skip
    queue = Queue({"deferred": 1}, {"deferred": 1}, whole=True)
    survey = Survey(0, queue, certificates=(Shown("smtp", "RSA", 1),))
    gate = replace(start(Mode.PROVE, 0), families={Family.IPV4: FamilyState()})
    return Look(tally, Bulletin(), Record(gate), survey, 0, Status(0, connected=True))


def metrics():
    """Return the names that Prometheus is told."""
    told = list(Host(look).collect())
    return {one.name + "_total" * (one.type == "counter") for one in told}


def targets():
    return set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))


def test_what_is_searched_is_found():
    assert "src/ptrgate/judge/words.py" in paths("docs/where.md")
    assert {"demo", "test"} <= {
        word for line in MAKE.findall(code("README.md")) for word in line.split()
    }
    assert "ptrgate_mode" in VARIABLE.findall(text("docs/operating.md"))
    assert set(GATE.findall(code("docs/operating.md"))) >= {"status", "explain"}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    links = LINK.findall(text(page))
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page):
    assert sorted(path for path in paths(page) if not list(ROOT.glob(path.rstrip("/")))) == []


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLE])
def test_playbooks_exist(page):
    named = re.findall(r"ansible-playbook[^\n`]*?([\w/]+\.yml)", text(page))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_targets_exist(page):
    named = {word for line in MAKE.findall(code(page)) for word in line.split()}
    assert named - targets() == set()


@pytest.mark.parametrize("page", PAGES)
def test_verbs_exist(page):
    assert set(VERB.findall(code(page))) <= set(VERBS)
    assert set(GATE.findall(code(page))) <= set(ORDERS)


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLE])
def test_variables_exist(page):
    named = set(VARIABLE.findall(code(page) if page.endswith(".md") else text(page)))
    modules = {path.stem for path in (ROOT / "library").glob("*.py")}
    assert named - variables() - modules - metrics() == set()


@pytest.mark.parametrize("page", PAGES)
def test_units_exist(page):
    units = {path.stem for path in (ROOT / "src/units").iterdir()}
    accounts = {"ptrgate-page", "ptrgate-requests"}
    assert set(UNIT.findall(code(page))) <= units | accounts


def test_the_journal_line_is_shown_as_it_is():
    assert " ".join(f"{key}=" for key in KEYS) in text("docs/operating.md").splitlines()


def test_every_part_of_the_project_has_its_place():
    parts = [*(ROOT / "src/ptrgate").glob("*/__init__.py"), *(ROOT / "molecule").glob("*/*.yml")]
    names = {str(path.parent.relative_to(ROOT)) + "/" for path in parts}
    names |= {f"roles/{role}/" for role in ROLES}
    names |= {f"library/{path.name}" for path in (ROOT / "library").glob("*.py")}
    names |= {f"filter_plugins/{path.name}" for path in (ROOT / "filter_plugins").glob("*.py")}
    assert sorted(name for name in names if name not in text("docs/where.md")) == []


def test_pre_commit_is_make_lint():
    hooks = [
        hook
        for repo in yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
        for hook in repo["hooks"]
    ]
    assert [(hook["entry"], hook["language"]) for hook in hooks] == [("lab/lint", "system")]
    assert re.search(r"^lint:.*\n\t@lab/lint$", text("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("status", [0, 1])
def test_a_long_command_of_make_fails_where_its_command_does(tmp_path, status):
    step = [ROOT / "lab/step", "a step", "sh", "-c", f"exit {status}"]
    assert subprocess.run(step, cwd=tmp_path, check=False).returncode == status
