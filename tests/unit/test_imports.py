# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: the cut of the engine, read from its source."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "ptrgate"
FILES = sorted(PACKAGE.rglob("*.py"))
PARTS = sorted({path.relative_to(PACKAGE).parts[0] for path in FILES if path.parent != PACKAGE})

# the one part that may import each library
OWNERS = {
    "dns": {"lookup"},
    "Milter": {"milter"},
    "milter": {"milter"},
    "flask": {"page"},
    "prometheus_client": {"metrics"},
    "redis": {"fleet"},
}
ENTRANCES = {"cli", "milter", "page"}  # nobody else imports them
FORMAT = ("ptrgate", "milter", "journal")  # but how the milter's lines are written, who reads them


def part_of(path):
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else ""


def imported(path):
    """Yield each imported module, those of the engine as ("ptrgate", PART, ...)."""
    here = ("ptrgate", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else ()
            module = (*above, *(node.module.split(".") if node.module else ()))
            yield from ((*module, alias.name) for alias in node.names)


def parts_imported(path):
    named = {module for module in imported(path) if module[0] == "ptrgate" and len(module) > 1}
    return {module[1] for module in named if part_of(path) != "logs" or module[:3] != FORMAT}


def libraries(path):
    tops = {module[0] for module in imported(path)} - {"ptrgate"}
    return tops - sys.stdlib_module_names


def named(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_engine_is_imported_relatively(path):
    """AnsiballZ packs relative imports into a module; absolute ones would miss on a host."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    absolute = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level]
    assert not [n.module for n in absolute if (n.module or "").split(".")[0] == "ptrgate"]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_library_has_one_owner(path):
    for library, owners in OWNERS.items():
        assert library not in libraries(path) or part_of(path) in owners


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nobody_imports_an_entrance(path):
    allowed = {part_of(path)} | ({"cli"} if path.name == "__main__.py" else set())
    assert parts_imported(path) & ENTRANCES <= allowed


def files_of(part):
    return [path for path in FILES if part_of(path) == part]


def test_judge_imports_the_standard_library_alone():
    for path in files_of("judge"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"judge"}, path


def test_lookup_imports_dns_and_the_words_of_the_judge():
    for path in files_of("lookup"):
        assert libraries(path) <= {"dns"}, path
        assert parts_imported(path) <= {"lookup", "judge"}, path


def test_shared_imports_the_standard_library_and_the_judge():
    for path in files_of("shared"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"shared", "judge"}, path


def test_probe_imports_the_standard_library_and_the_judge():
    for path in files_of("probe"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"probe", "judge"}, path


def test_cli_alone_probes():
    assert {part_of(path) for path in FILES if "probe" in parts_imported(path)} == {"cli", "probe"}


def test_logs_import_the_standard_library_and_the_judge():
    for path in files_of("logs"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"logs", "judge"}, path


def test_surveys_import_the_standard_library_and_what_writes_files():
    for path in files_of("survey"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"survey", "shared"}, path


def test_fleets_store_is_spoken_with_in_one_file():
    for path in files_of("fleet"):
        assert libraries(path) <= ({"redis"} if path.name == "store.py" else set()), path
        assert parts_imported(path) <= {"fleet", "shared", "judge"}, path


def test_package_itself_imports_nothing():
    assert not list(imported(PACKAGE / "__init__.py"))


def module_file(module):
    """Return the file of an engine's module, or of the module that a name is imported from."""
    for depth in (len(module), len(module) - 1):
        path = PACKAGE.joinpath(*module[1:depth])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if depth > 1 and file.exists():
                return file
    return None


def reach(path, seen):
    if path is None or path in seen:
        return seen
    seen.add(path)
    for module in imported(path):
        if module[0] == "ptrgate":
            reach(module_file(module), seen)
    return seen


def test_check_needs_dnspython_alone():
    needed = set().union(*(libraries(path) for path in reach(PACKAGE / "cli" / "check.py", set())))
    assert needed == {"dns"}


def test_config_needs_nothing():
    reached = reach(PACKAGE / "cli" / "config.py", set())
    assert set().union(*map(libraries, reached)) == set()


NIGHT = ["counters", "exempt", "pause", "release", "resume", "rollout", "survey", "top"]


@pytest.mark.parametrize("verb", NIGHT)
def test_verbs_for_the_night_need_nothing(verb):
    reached = reach(PACKAGE / "cli" / f"{verb}.py", set())
    assert set().union(*map(libraries, reached)) == set()


def test_walk_sees_what_it_should():
    assert set(PARTS) >= {"cli", "judge", "lookup"}
    assert PACKAGE / "judge" / "words.py" in reach(PACKAGE / "cli" / "check.py", set())


def test_releases_import_the_standard_library_and_shared():
    for path in files_of("releases"):
        assert libraries(path) == set(), path
        assert parts_imported(path) <= {"releases", "shared"}, path
