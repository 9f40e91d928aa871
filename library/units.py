#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let systemd know units of the current release and run them as told, or take them away."""

from __future__ import annotations

DOCUMENTATION = r"""
module: units
short_description: Link, enable and start units of the current release, or take them away
description:
  - Asks systemd once for the state of all units that are named and changes only what differs, each
    kind of change by one command. What M(ansible.builtin.file) and
    M(ansible.builtin.systemd_service) do unit by unit costs a connection and a reload of systemd
    each time.
  - A unit that runs by other settings than these is restarted.
  - For any other reason a unit that is running is never restarted. That is for handlers, which know
    what changed.
  - In check mode on a host without the release everything named counts as a change.
options:
  running:
    description:
      - Units that are linked, enabled if they have a section C([Install]), and started, in this
        order; a socket comes before its service.
    type: list
    elements: str
    default: []
  linked:
    description: [Units that are linked only, because a socket or a timer starts them.]
    type: list
    elements: str
    default: []
  gone:
    description: [Units that are stopped and taken away, a socket and its service at once.]
    type: list
    elements: str
    default: []
  settings:
    description: [What units are told, C(UNIT.d/NAME.conf) to content; of units that are not gone.]
    type: dict
    default: {}
  source:
    description: [The directory that the links lead to.]
    type: path
    default: /usr/lib/ptrgate/current/units
  place:
    description: [The directory of the links and of the units' settings.]
    type: path
    default: /etc/systemd/system
attributes:
  check_mode: {description: Can run in check mode., support: full}
  diff_mode: {description: Can show a difference., support: full}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Run the page
  units:
    running: [ptrgate-page.socket, ptrgate-page.service]
    linked: [ptrgate-recheck.service]
    settings:
      ptrgate-page.service.d/slow.conf: "[Service]\nTimeoutStartSec=90"
    gone: [ptrgate-requests.socket, ptrgate-requests.service]
"""

RETURN = r"""
started:
  description: [Units that this run started or restarted, or would have in check mode.]
  type: list
  elements: str
  returned: always
  sample: [ptrgate-page.socket]
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.ptrgate.releases.placed import Placed, ours, standing, wanted
    from ansible.module_utils.ptrgate.releases.placed import place as put
except ImportError:  # in a test it is a package like others
    from ptrgate.releases.placed import Placed, ours, standing, wanted
    from ptrgate.releases.placed import place as put

ARGUMENT_SPEC = {
    "running": {"type": "list", "elements": "str", "default": []},
    "linked": {"type": "list", "elements": "str", "default": []},
    "gone": {"type": "list", "elements": "str", "default": []},
    "settings": {"type": "dict", "default": {}},
    "source": {"type": "path", "default": "/usr/lib/ptrgate/current/units"},
    "place": {"type": "path", "default": "/etc/systemd/system"},
}
ASKED = ("ActiveState", "UnitFileState", "NeedDaemonReload")
RUNS = ("active", "activating", "reloading")


class Unit(NamedTuple):
    """A unit as it is: whether its link, its enablement and its process are what they can be."""

    name: str
    linked: bool
    enabled: bool  # also where it has no [Install] and cannot be
    active: bool
    stale: bool  # systemd has not read what its file says now
    links: tuple[Path, ...]  # what would have to go
    settings: tuple[Placed, ...] = ()  # what there is of those that are asked for

    def said(self) -> str:
        """Return its state as lines of a diff."""
        words = [word for word in ("linked", "enabled", "active") if getattr(self, word)]
        state = ", ".join(words) if self.linked or self.active else "not there"
        return f"{self.name}: {state}\n" + "".join(one.said() for one in self.settings)


def parsed(shown: str, names: list[str]) -> dict[str, dict[str, str]]:
    """Return what ``systemctl show`` printed, one block a unit in the order of the names."""
    blocks = shown.strip().split("\n\n")
    rows = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in blocks]
    return dict(zip(names, rows, strict=True))


def look(module: AnsibleModule, names: list[str]) -> dict[str, Unit]:
    """Return the units of these names as they are."""
    if not names:
        return {}
    asked = ["systemctl", "show", f"--property={','.join(ASKED)}", "--", *names]
    rows = parsed(module.run_command(asked, check_rc=True)[1], names)
    return {name: unit(name, rows[name], module.params) for name in names}


def unit(name: str, row: dict[str, str], params: dict[str, Any]) -> Unit:
    """Return one unit from what systemd and the file system say of it."""
    source, place = Path(params["source"]) / name, Path(params["place"])
    link = place / name
    installs = source.is_file() and "\n[Install]" in source.read_text(encoding="utf-8")
    there = [link, *place.glob(f"*.wants/{name}")]
    return Unit(
        name,
        linked=link.is_symlink() and link.readlink() == source,
        enabled=not installs or row["UnitFileState"] == "enabled",
        active=row["ActiveState"] in RUNS,
        stale=row["NeedDaemonReload"] == "yes",
        links=tuple(path for path in there if path.is_symlink() or path.exists()),
        settings=standing(one.path for one in told(name, params)),
    )


def told(name: str, params: dict[str, Any]) -> tuple[Placed, ...]:
    """Return what a unit is to be told: the directory, then the files in it."""
    place, below = Path(params["place"]), f"{name}.d"
    mine = {path: text for path, text in params["settings"].items() if path.startswith(f"{below}/")}
    files = [wanted(place / path, text) for path, text in sorted(mine.items())]
    return (Placed(place / below, ours(), 0o755, None), *files) if files else ()


def goal(now: Unit, params: dict[str, Any]) -> Unit:
    """Return what a unit is to be."""
    if now.name in params["gone"]:
        return now._replace(linked=False, active=False, links=())
    after = now._replace(linked=True, settings=told(now.name, params))
    return after._replace(enabled=True, active=True) if now.name in params["running"] else after


def change(module: AnsibleModule, now: list[Unit], after: dict[str, Unit]) -> None:
    """Carry out what is asked for; stops with systemctl's words if it refuses."""
    source, place = Path(module.params["source"]), Path(module.params["place"])
    gone = [one for one in now if one.name in module.params["gone"]]
    kept = [one for one in now if one not in gone]
    running = [one for one in kept if one.name in module.params["running"]]
    systemctl(module, "stop", (one.name for one in gone if one.active))
    for path in (path for one in gone for path in one.links):
        path.unlink()
    unlinked = [one for one in kept if not one.linked]
    for one in unlinked:
        (place / one.name).unlink(missing_ok=True)
        (place / one.name).symlink_to(source / one.name)
    unsettled = [one for one in kept if one.settings != after[one.name].settings]
    for one in unsettled:
        put(set(after[one.name].settings).difference(one.settings))
    if unlinked or unsettled or any(one.links for one in gone) or any(one.stale for one in kept):
        systemctl(module, "daemon-reload", None)
    systemctl(module, "enable", (one.name for one in running if not (one.enabled and one.linked)))
    again = [one.name for one in unsettled if one.active and one in running]
    # A socket whose service runs cannot be restarted, but stopped, and the service with it.
    sockets = [name for name in again if name.endswith(".socket")]
    systemctl(module, "stop", sockets)
    systemctl(module, "restart", (name for name in again if name not in sockets))
    systemctl(module, "start", [one.name for one in running if not one.active] + sockets)


def systemctl(module: AnsibleModule, verb: str, names: Iterable[str] | None) -> None:
    """Order something of systemd, unless it is about no unit."""
    units = list(names or [])
    if units or names is None:
        module.run_command(["systemctl", "--quiet", verb, *units], check_rc=True)


def renewed(now: Unit, after: Unit) -> bool:
    """Whether a unit that is to run was started by this run, or restarted."""
    return not now.active or now.settings != after.settings


def main() -> None:
    """Do what is asked."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    asked = [name for kind in ("running", "linked", "gone") for name in module.params[kind]]
    now = look(module, asked)
    after = {name: goal(one, module.params) for name, one in now.items()}
    differing = [name for name in asked if now[name] != after[name]]
    # what was changed in a file of a unit is told where it was changed
    if not module.check_mode and (differing or any(one.stale for one in now.values())):
        change(module, list(now.values()), after)
    module.exit_json(
        changed=bool(differing),
        started=[name for name in module.params["running"] if renewed(now[name], after[name])],
        diff={
            "before": "".join(now[name].said() for name in differing),
            "after": "".join(after[name].said() for name in differing),
        },
    )


if __name__ == "__main__":
    main()
