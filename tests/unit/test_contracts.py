# SPDX-License-Identifier: GPL-3.0-or-later
"""What all roles, modules and filters have in common: one look at one of them teaches all."""

import ast
import importlib
from pathlib import Path

import pytest
import yaml
from jinja2 import ChainableUndefined
from jinja2.nativetypes import NativeEnvironment

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if (path / "tasks").is_dir())
TASK_FILES = sorted((ROOT / "roles").glob("*/tasks/*.yml"))
MODULES = sorted(path.stem for path in (ROOT / "library").glob("*.py"))
FILTERS = sorted(path.stem for path in (ROOT / "filter_plugins").glob("*.py"))
VERBS = {
    "main.yml", "preflight.yml", "deploy.yml", "install.yml", "configure.yml", "service.yml"
}  # fmt: skip
JINJA = NativeEnvironment(undefined=ChainableUndefined)


def load(path):
    return yaml.safe_load((ROOT / path).read_text()) or {}


def options(role):
    return load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def rendered(value, known):
    """Return a default as it is where the inventory says nothing."""
    if isinstance(value, str) and "{{" in value:
        return JINJA.from_string(value).render(known)
    return value


def defaults_of(role):
    """Return the defaults of a role; one may build on another."""
    written = load(f"roles/{role}/defaults/main.yml")
    known = {name: rendered(value, {}) for name, value in written.items()}
    return {name: rendered(value, known) for name, value in written.items()}


def tasks(path):
    """Return the tasks of a file, those of its blocks included."""
    found = []
    for task in load(path) or []:
        found += [
            task,
            *(inner for part in ("block", "rescue", "always") for inner in task.get(part, [])),
        ]
    return found


def module_of(task):
    return next(key for key in task if "." in key or key in MODULES or key == "block")


def relative(path):
    return str(path.relative_to(ROOT))


def test_the_eight_roles_are_there():
    names = "engine helppage milter monitoring outbound postfix resolver submission"
    assert " ".join(ROLES) == names


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_the_same_verbs(role):
    names = {path.name for path in (ROOT / "roles" / role / "tasks").iterdir()}
    # A verb that has several things to do has a file for each: configure_files.yml.
    parts = {name for name in names if f"{name.partition('_')[0]}.yml" in VERBS and "_" in name}
    assert names - parts == VERBS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("file", "parts"),
    [("main", ["preflight", "deploy"]), ("deploy", ["install", "configure", "service"])],
)
def test_main_and_deploy_only_say_the_order(role, file, parts):
    listed = load(f"roles/{role}/tasks/{file}.yml")
    assert [task["ansible.builtin.import_tasks"] for task in listed] == [f"{x}.yml" for x in parts]


@pytest.mark.parametrize("role", ROLES)
def test_preflight_changes_nothing(role):
    files = (ROOT / "roles" / role / "tasks").glob("preflight*.yml")
    modules = {module_of(task) for path in files for task in tasks(path)}
    looking = {name for name in MODULES if name.endswith("_info")}
    builtin = {f"ansible.builtin.{name}" for name in ("assert", "command", "import_tasks")}
    assert modules <= builtin | looking


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_declared_and_every_option_has_a_default(role):
    assert sorted(load(f"roles/{role}/defaults/main.yml")) == sorted(options(role))


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_what_the_specification_says(role):
    defaults = defaults_of(role)
    declared = {name: spec["default"] for name, spec in options(role).items() if "default" in spec}
    assert {name: defaults[name] for name in declared} == declared


@pytest.mark.parametrize("role", ROLES)
def test_an_option_without_a_declared_default_follows_the_inventory(role):
    defaults = load(f"roles/{role}/defaults/main.yml")
    silent = [name for name, spec in options(role).items() if "default" not in spec]
    assert [name for name in silent if "{{" not in str(defaults[name])] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_described(role):
    assert [name for name, spec in options(role).items() if not spec.get("description")] == []


@pytest.mark.parametrize("path", TASK_FILES, ids=relative)
def test_tasks_use_what_every_ansible_has(path):
    used = {module_of(task) for task in tasks(path)}
    assert {name for name in used if not name.startswith("ansible.builtin.")} <= {*MODULES, "block"}


@pytest.mark.parametrize("path", TASK_FILES, ids=relative)
def test_task_files_fit_on_a_screen(path):
    assert (len(path.read_text().splitlines()) <= 60, len(tasks(path)) <= 8) == (True, True)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_takes_what_its_documentation_says(name):
    module = importlib.import_module(f"library.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    keys = ("type", "elements", "required", "default", "choices")
    declared = {
        option: {key: spec[key] for key in keys if key in spec}
        for option, spec in module.ARGUMENT_SPEC.items()
    }
    assert declared == {
        option: {key: spec[key] for key in keys if key in spec}
        for option, spec in documented.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_a_module_shows_examples_and_what_comes_back(name):
    module = importlib.import_module(f"library.{name}")
    returned = yaml.safe_load(module.RETURN)
    assert yaml.safe_load(module.EXAMPLES)
    assert [key for key, spec in returned.items() if not spec.get("description")] == []


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_documented_under_its_name(name):
    constants = {
        node.targets[0].id: node.value
        for node in ast.parse((ROOT / "filter_plugins" / f"{name}.py").read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert yaml.safe_load(ast.literal_eval(constants["DOCUMENTATION"]))["name"] == name
    assert yaml.safe_load(ast.literal_eval(constants["EXAMPLES"]))


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_gives_its_name(name):
    plugin = importlib.import_module(f"filter_plugins.{name}").FilterModule()
    assert list(plugin.filters()) == [name]


def test_every_settings_file_of_a_role_is_in_the_release():
    """Or going back would leave it behind; resolv.conf is the host's own."""
    known = load("roles/engine/vars/main.yml")
    carried = {}
    for part in ("always", "if_submission", "if_requests", "if_sharing"):
        carried |= known[f"__engine_carried_{part}"]
    places = {role: ROOT / "roles" / role / "templates" for role in ROLES}
    written = {
        str(path.relative_to(place)).removesuffix(".j2"): role
        for role, place in places.items()
        for path in place.glob("etc/**/*.j2")
    }
    assert written.pop("etc/resolv.conf") == "resolver"
    assert carried == written
