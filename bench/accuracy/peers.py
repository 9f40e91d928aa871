# SPDX-License-Identifier: GPL-3.0-or-later
"""What others reach on the same names, in percent flagged: the table of data/README.md."""

from __future__ import annotations

from bench.accuracy.sets import DATA

COLUMNS = (
    "spam 2007", "spam 2009", "leaked 2019-26", "ISP v4", "ISP v6", "ham 2007-10 cap 3",
    "ham 2019-26 cap 3", "ham 2019-26 all", "ham v6 cap 3", "ham D", "ham G", "ham S",
)  # fmt: skip


def peers() -> dict[str, dict[str, float]]:
    """Return the row of each classifier."""
    found = {}
    for line in (DATA / "README.md").read_text(encoding="utf-8").splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if len(cells) == len(COLUMNS) and cells[0].replace(".", "").isdigit():
            found[name] = dict(zip(COLUMNS, map(float, cells), strict=True))
    return found
