# SPDX-License-Identifier: GPL-3.0-or-later
"""One mail from every sender of the lab, and a table of what became of each.

python3 -m lab.demo    writes build/demo.json; exit status 1 if anything is not as it must be
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import time
from dataclasses import asdict
from itertools import groupby

from lab.mail import ROOT, Fate, clear, inventory, letters, now, send, watch

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
ENDS = {
    "mailbox": "in the mailbox",
    "dsn": "back to its author, with the reply",
    "queue": "waiting in the sender's queue",
    "?": "nowhere to be found",
}


def paint(colour: int, text: str) -> str:
    """Return ``text`` in an ANSI colour, if somebody looks."""
    return f"\033[{colour}m{text}\033[0m" if COLOUR else text


def seen(fate: Fate) -> str:
    """Say which PTR name the appliance saw."""
    if not fate.line:
        return "?"
    if "finding" not in fate.line:
        return "not looked up"
    return fate.line.get("name") or ("none" if fate.line["finding"] == "no_ptr" else "no answer")


def verdict(fate: Fate) -> str:
    """Say finding and rule in two words."""
    rule = fate.line.get("rule", "?")
    return fate.line.get("finding", "-") + ("" if rule == "default" else f" ({rule})")


def outline(fate: Fate) -> tuple[str, ...]:
    """Return what must be the same on every appliance."""
    reply = fate.reply.split("/r/")[0].split(" Ok: queued")[0]
    return (seen(fate), verdict(fate), reply, fate.ends)


def show(fates: list[Fate], width: int) -> None:
    """Print one sender: what it is, what was seen, what was said, and where its mail is."""
    wrong = any(fate.differences() for fate in fates)
    mark = paint(31, "✗") if wrong else paint(32, "✓")
    sender = fates[0].sender
    print(f"{mark} {paint(1, sender['name'].ljust(13))} {sender['says']}")
    for rows in [list(rows) for _, rows in groupby(fates, outline)]:
        fate = rows[0]
        hosts = "" if len(rows) == len(fates) else f"on {fate.host}"
        address = " ".join(sender["address"])
        columns = (
            f"{address:<18}  PTR {seen(fate)}  →  {verdict(fate)}  →  {ENDS[fate.ends]} {hosts}"
        )
        print(textwrap.fill(columns, width, initial_indent=" " * 4, subsequent_indent=" " * 8))
        print(paint(2, f"    {fate.reply or 'no reply seen'}"))
    for fate in fates:
        for difference in fate.differences():
            print(paint(31, f"    {fate.host}: {difference}"))


def farewell(fates: list[Fate], seconds: float) -> None:
    """Count, and say how to look around."""
    wrong = [fate for fate in fates if fate.differences()]
    refused = sum(fate.reply.startswith("5") for fate in fates)
    delivered = sum(fate.ends == "mailbox" for fate in fates)
    waiting = sum(fate.ends == "queue" for fate in fates)
    print(
        f"\n{len(fates)} mails: {delivered} delivered, {refused} refused, {waiting} waiting;"
        f" {seconds:.0f} s. "
        + (
            paint(31, f"{len(wrong)} not as they must be.")
            if wrong
            else paint(32, "All as they must be.")
        )
    )
    print(
        textwrap.dedent("""
        The lab is still up. Look around:
          make shell HOST=mx-trixie                                   a shell on any of its hosts
          podman exec mx-trixie journalctl -u ptrgate-milter -o cat   one line a judged session
          podman exec internet swaks --server mx-trixie.company.example --to user@trixie.example \\
              --from me@senders.example --local-interface 198.51.100.20
          curl --resolve help.company.example:80:203.0.113.42 http://help.company.example/
          lab/ptr remove 203.0.113.42                                 remove an appliance's PTR
        `make clean` removes all of it. This table as data: build/demo.json""")
    )


def main() -> int:
    """Send, wait, show; return the exit status."""
    known = inventory()
    fates = letters(known, f"demo{time.time_ns()}")
    clear()
    since, start = now(), time.monotonic()
    send(fates)

    def told(done: int) -> None:
        end = "\r" if sys.stdout.isatty() else "\n"
        print(f"  {done} of {len(fates)} mails are where they must be", end=end, flush=True)

    watch(fates, since, 45, told)
    print()
    width = min(shutil.get_terminal_size((120, 24)).columns, 140)
    for _, mails in groupby(fates, lambda fate: fate.envelope):
        show(list(mails), width)
    table = [asdict(fate) | {"differences": fate.differences()} for fate in fates]
    (ROOT / "build/demo.json").write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n")
    farewell(fates, time.monotonic() - start)
    return any(fate.differences() for fate in fates)


if __name__ == "__main__":
    sys.exit(main())
