# SPDX-License-Identifier: GPL-3.0-or-later
"""``python3 -m ptrgate.page FILE``: tell whether FILE can be the page's configuration."""

from __future__ import annotations

import sys
from pathlib import Path

from .settings import BadSettings, load


def main(arguments: list[str]) -> int:
    """Check the file named by the only argument; return 0, or 78 with every problem said."""
    (name,) = arguments
    try:
        load(Path(name).read_text(encoding="utf-8"), source=name)
    except (OSError, UnicodeDecodeError, BadSettings) as error:
        sys.stderr.write(f"{error}\n")
        return 78
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
