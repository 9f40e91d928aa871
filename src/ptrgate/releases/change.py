# SPDX-License-Identifier: GPL-3.0-or-later
"""Put another release of this host to use, with all that it says and nothing from elsewhere.

Neither an inventory nor a mirror of packages is asked. What is no release's is left alone: the
gate's state and table, keys, passwords, certificates, memory, exemptions, the queue.
"""

from dataclasses import dataclass
from pathlib import Path

from . import plan, postconf
from .history import Why, note
from .host import Host, Refused, put, said
from .originals import Originals
from .place import ROOT, Release, switch
from .plan import Command, Sides
from .postconf import Row, Values

UNITS = Path("etc/systemd/system")


@dataclass(frozen=True, slots=True)
class Change:
    """The way from one release to another on this host, worked out and not yet gone."""

    host: Host
    before: Release
    after: Release
    sides: Sides
    files: tuple[str, ...]  # paths below / whose content differs from what after says, or goes
    rows: tuple[Row, ...]
    seen: Values  # what every name that after speaks of has now

    def told(self) -> list[str]:
        """Say what differs, a line each."""
        files = [f"/{path}" for path in self.files]
        postfix = [f"{row.name}: {_shown(row.now)} -> {_shown(row.wanted)}" for row in self.rows]
        stops = [f"{unit} stops" for unit in plan.stopped(self.sides)]
        units = [f"unit {name}" for name in sorted(self.sides.units)]
        return [*files, *postfix, *units, *stops]


def _shown(value: str | None) -> str:
    return "(not set)" if value is None else repr(value[:80])


def change(host: Host, before: Release, after: Release) -> Change:
    """Work out the way from ``before``, which is in use, to ``after``. Raises Refused."""
    if wrong := plan.opens(before.postfix, after.postfix):
        raise Refused(
            f"{after.name} is not put to use: {wrong}. Whoever means that says it in the inventory."
        )
    known = before.whole and after.whole
    gone = before.settings.keys() - after.settings.keys() if known else set()
    written = [path for path in after.settings if _differs(host.files / path, after.place / path)]
    files = (*sorted(written), *sorted(path for path in gone if (host.files / path).exists()))
    sides = Sides(
        settings=frozenset(files),
        units=plan.differing(before.units, after.units),
        before=frozenset(before.running),
        after=frozenset(after.running),
        known=known,
    )
    rows, seen = _postfix_rows(host, before, after) if after.postfix else ([], {})
    return Change(host, before, after, sides, files, tuple(rows), seen)


def _differs(there: Path, source: Path) -> bool:
    return not there.is_file() or there.read_bytes() != source.read_bytes()


def _postfix_rows(host: Host, before: Release, after: Release) -> tuple[list[Row], Values]:
    optional = after.postfix.get("optional", [])
    found = {kind: postconf.found(host.run, kind) for kind in postconf.KINDS}
    unknown = postconf.unknown(lambda words: said(words).stdout, optional)
    record = postconf.remembered(host.record)
    rows = plan.rows(found, before.postfix, after.postfix, record, unknown)
    seen = {
        name: found[kind].get(name)
        for kind in postconf.KINDS
        for name in after.postfix.get(kind, {})
        if name not in unknown
    }
    return rows, seen


def carry_out(way: Change, why: Why) -> list[str]:
    """Go the whole way; return what went wrong, nothing if all went well.

    A step that fails does not keep the others from being tried: half a way back helps nobody.
    """
    host = way.host
    for path in way.files:
        put(host.files / path, way.after.place / path)
    switch(host.root, way.after.name)
    note(host.root, way.before.name, way.after.name, why)
    originals = Originals(host.record, host.files / "etc/postfix")
    if way.rows:
        originals.keep()
    postconf.remember(host.record, way.seen)
    commands = [
        *_units(way),
        *map(tuple, postconf.together(way.rows)),
        *plan.restarts(way.sides),
        *(plan.postfix({row.name for row in way.rows}) if plan.judges(way.sides) else []),
    ]
    wrong = [words for command in commands if (words := tried(host, command, why))]
    if way.rows:
        originals.sign()
    if way.after.postfix:
        postconf.forget(host.record, plan.forgotten(way.before.postfix, way.after.postfix))
    return wrong


def tried(host: Host, command: Command, why: Why) -> str:
    """Run one command of a change; return what went wrong. On the way back the milter must move."""
    wrong = host.tried(command)
    if wrong and command == plan.RELOAD and why is Why.BACK:
        return host.tried(plan.RESTART)
    return wrong


def _units(way: Change) -> list[Command]:
    """Link units that are to run and are not known yet; return what systemd has to be told."""
    place, links = way.host.files / UNITS, []
    stems = {unit.partition(".")[0] for unit in way.after.running}
    for name in sorted(way.after.units):
        if name.partition(".")[0] in stems and not (place / name).is_symlink():
            (place / name).symlink_to(ROOT / "current" / "units" / name)
            links.append(name)
    system, quiet = "systemctl", "--quiet"
    ends = [(system, "disable", "--now", quiet, unit) for unit in plan.stopped(way.sides)]
    new = [unit for unit in way.after.running if unit in links]
    begins = [(system, "enable", "--now", quiet, unit) for unit in new]
    return [*ends, (system, "daemon-reload"), *begins]
